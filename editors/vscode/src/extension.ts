// Costs nothing until a C file that looks like XDP is opened, the folder has our settings, or a command is called.
import * as vscode from "vscode";
import { Connection } from "./client";
import { registerCommands, serverCommand } from "./commands";
import { Duplicates } from "./duplicates";
import { SECTION } from "./settings";
import { Status } from "./status";
import { Targets } from "./targets";

const LOOKS_LIKE_XDP = /(?:SEC|section)\s*\(\s*"xdp/;

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const targets = new Targets();
  const duplicates = new Duplicates();
  const server: Connection = new Connection(context, {
    handleDiagnostics: duplicates.handle,
    executeCommand: (command, args, next) => serverCommand(server, targets, command, args, next),
    made: (client) => status.listen(client),
    ready: (client) => void targets.restore(client),
  });
  const status = new Status(server, looksLikeXdp);
  connection = server;

  const startFor = (document: vscode.TextDocument) => {
    if (looksLikeXdp(document)) {
      void server.start();
    }
  };
  context.subscriptions.push(
    server,
    status,
    duplicates,
    registerCommands(context, server, targets),
    server.onDidChange((state) => {
      if (state !== "running") {
        duplicates.clear();
      }
    }),
    vscode.workspace.onDidOpenTextDocument(startFor),
    vscode.workspace.onDidSaveTextDocument(startFor),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.server`) && server.state !== "off") {
        void server.restart();
      }
    }),
  );
  vscode.workspace.textDocuments.forEach(startFor);
  void startForSettingsFile(server);
}

export async function deactivate(): Promise<void> {
  await connection?.stop();
}

function looksLikeXdp(document: vscode.TextDocument): boolean {
  return document.languageId === "c" && document.uri.scheme === "file" && LOOKS_LIKE_XDP.test(document.getText());
}

async function startForSettingsFile(server: Connection): Promise<void> {
  const found = await vscode.workspace.findFiles("**/.xdp-lsp.toml", undefined, 1);
  if (found.length > 0) {
    await server.start();
  }
}
