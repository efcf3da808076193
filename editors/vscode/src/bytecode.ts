// The code under its source, as the server shows it.
import type * as vscode from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";

/** Shows the code of the C file `uri`, at a program by its name, at a position in the source, or from its start. */
export async function showBytecode(
  client: LanguageClient,
  uri: vscode.Uri,
  where?: string | vscode.Position,
): Promise<void> {
  const at = where === undefined ? [] : [where];
  await client.sendRequest(ExecuteCommandRequest.type, {
    command: "xdp-lsp.showBytecode",
    arguments: [client.code2ProtocolConverter.asUri(uri), ...at],
  });
}
