// The extension's own commands, and those of the server that lead to the same.
import * as vscode from "vscode";
import { type ExecuteCommandSignature, type LanguageClient, Position } from "vscode-languageclient/node";
import type { Bytecode } from "./bytecode";
import type { Connection } from "./client";
import { CHOOSE_CONFIGURATION, chooseConfiguration, pickConfiguration } from "./configurations";
import { Doctor } from "./doctor";
import { openExample } from "./example";
import { showFits } from "./fits";
import { install } from "./install";
import { explain } from "./manual";
import { chosenPython } from "./server";
import { CHOOSE_TARGETS, type Targets } from "./targets";
import { askForTrust, isRestricted } from "./trust";

const SHOW_BYTECODE = "xdp-lsp.showBytecode";

export function registerCommands(
  context: vscode.ExtensionContext,
  connection: Connection,
  targets: Targets,
  bytecode: Bytecode,
): vscode.Disposable {
  const doctor = new Doctor();
  const choose = () => withServer((client) => targets.pick(client));
  const commands: Record<string, () => Promise<unknown>> = {
    restart: () => connection.restart(),
    openLog: async () => connection.log.show(),
    install: async () => {
      const python = await install(context, connection.log, await chosenPython().catch(() => undefined));
      return python === undefined ? undefined : connection.restart();
    },
    openExample: () => openExample(context),
    pickTargets: choose,
    explain: () => withServer(explain),
    bytecodeBeside: () =>
      inEditor((client, editor) => bytecode.show(client, editor.document.uri, editor.selection.active)),
    pickConfiguration: () =>
      inEditor((client, editor) => pickConfiguration(client, identifier(client, editor.document))),
    showFits: () => inEditor((client, editor) => showFits(client, editor, choose)),
    doctor: () =>
      isRestricted()
        ? askForTrust("the doctor")
        : inEditor(async (_client, editor) => connection.found && doctor.run(connection.found, editor.document.uri)),
  };

  async function withServer(act: (client: LanguageClient) => Promise<unknown>): Promise<void> {
    const client = await connection.wanted();
    if (client !== undefined) {
      try {
        await act(client);
      } catch (error) {
        connection.log.error(String(error));
        void vscode.window.showWarningMessage(`xdp-lsp: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  async function inEditor(
    act: (client: LanguageClient, editor: vscode.TextEditor) => Promise<unknown>,
  ): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      void vscode.window.showInformationMessage("xdp-lsp: open a C file first.");
      return;
    }
    await withServer((client) => act(client, editor));
  }

  const registered = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`xdp-lsp.${name}`, run),
  );
  return vscode.Disposable.from(doctor, ...registered);
}

/** What is done about a command of the server's, from a lens or another extension; `next` sends it to the server. */
export function serverCommand(
  connection: Connection,
  targets: Targets,
  bytecode: Bytecode,
  command: string,
  args: unknown[],
  next: ExecuteCommandSignature,
): unknown {
  const client = connection.running;
  const [first, where] = args;
  if (client !== undefined && command === SHOW_BYTECODE && typeof first === "string") {
    const { asUri, asPosition } = client.protocol2CodeConverter;
    const place = Position.is(where) ? asPosition(where) : typeof where === "string" ? where : undefined;
    return bytecode.show(client, asUri(first), place);
  }
  if (client !== undefined && command === CHOOSE_TARGETS) {
    const named = (Array.isArray(first) ? first : args).map(String);
    return args.length === 0 ? targets.pick(client) : targets.choose(client, named);
  }
  if (client !== undefined && command === CHOOSE_CONFIGURATION && typeof first === "string") {
    return typeof where === "string" ? chooseConfiguration(client, first, where) : pickConfiguration(client, first);
  }
  return next(command, args);
}

function identifier(client: LanguageClient, document: vscode.TextDocument): string {
  return client.code2ProtocolConverter.asTextDocumentIdentifier(document).uri;
}
