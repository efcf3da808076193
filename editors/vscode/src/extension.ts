// Costs nothing until a C file that looks like XDP is opened, the folder has our settings, or a command is called.
import * as vscode from "vscode";
import { Bytecode } from "./bytecode";
import { Connection } from "./client";
import { registerCommands, serverCommand } from "./commands";
import { hasSettings, isOfProject, looksLikeXdp } from "./documents";
import { Duplicates } from "./duplicates";
import { SECTION } from "./settings";
import { Status } from "./status";
import { Targets } from "./targets";

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const targets = new Targets();
  const duplicates = new Duplicates();
  const server: Connection = new Connection(context, {
    handleDiagnostics: duplicates.handle,
    executeCommand: (command, args, next) => serverCommand(server, targets, bytecode, command, args, next),
    made: (client) => {
      status.listen(client);
      bytecode.listen(client);
    },
    ready: (client) => {
      void targets.restore(client);
      bytecode.renew();
    },
  });
  const bytecode = new Bytecode(async () => {
    await server.start();
    return server.running;
  });
  const status = new Status(server, looksLikeXdp);
  connection = server;

  const startFor = async (document: vscode.TextDocument) => {
    if (server.state === "off" && (looksLikeXdp(document) || (await isOfProject(document)))) {
      await server.start();
    }
  };
  context.subscriptions.push(
    server,
    status,
    duplicates,
    bytecode,
    registerCommands(context, server, targets, bytecode),
    server.onDidChange((state) => {
      void vscode.commands.executeCommand("setContext", "xdp-lsp.running", state === "running");
      if (state !== "running") {
        duplicates.clear();
      }
    }),
    vscode.workspace.onDidOpenTextDocument(startFor),
    vscode.workspace.onDidSaveTextDocument(startFor),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      if (server.state !== "off") {
        void server.restart(); // it was told that the folder is not trusted, and there may be another to use now
      }
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.server`) && server.state !== "off") {
        void server.restart();
      }
    }),
  );
  vscode.workspace.textDocuments.forEach(startFor);
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    if (await hasSettings(uri)) {
      void server.start();
    }
  }
}

export async function deactivate(): Promise<void> {
  await connection?.stop();
}
