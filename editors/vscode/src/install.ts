// The private environment of the extension: a server made from the copy that the package carries.
import * as vscode from "vscode";

/** The Python of the private environment; undefined where it has not been made. */
export async function installed(_context: vscode.ExtensionContext): Promise<string | undefined> {
  return undefined;
}

/** Makes the private environment; whether it is there now. Says itself what went wrong. */
export async function install(_context: vscode.ExtensionContext): Promise<boolean> {
  void vscode.window.showInformationMessage("Type in a terminal: pip install 'xdp-lsp[clang]'");
  return false;
}
