import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(_context: vscode.ExtensionContext): Promise<void> {
  client = new LanguageClient(
    "xdp-lsp",
    "xdp-lsp",
    { command: "xdp-lsp", args: ["serve"] },
    { documentSelector: [{ language: "c", scheme: "file" }] },
  );
  await client.start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
