// A program to try things on, for those who have none at hand.
import * as vscode from "vscode";

const NAME = "gue_encap.c";

/** Opens a fresh copy of the example that the package carries, beside what is shown; it is a file, as it is to be saved. */
export async function openExample(context: vscode.ExtensionContext): Promise<void> {
  const copy = vscode.Uri.joinPath(context.globalStorageUri, "example", NAME);
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === copy.toString());
  if (!open?.isDirty) {
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, "dist", NAME), copy, { overwrite: true });
  }
  const editor = await vscode.window.showTextDocument(copy, { viewColumn: vscode.ViewColumn.Beside });
  const call = editor.document.positionAt(editor.document.getText().indexOf("bpf_xdp_adjust_head("));
  editor.selection = new vscode.Selection(call, call);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenter);
}
