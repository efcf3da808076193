/* Workspace Trust: what is done without while the folder is not trusted.
 *
 * The server is told so, and uses nothing of the folder (`docs/clients.md`); VS Code withholds what the folder's own
 * settings say (`restrictedConfigurations` in package.json). Which server is run is decided here: one that the user's or
 * the machine's settings name, one of PATH, or that of the private environment, none of them in the folder or by a link
 * into it. The Python environment that is chosen in the Python extension may be the folder's choice: it is left out.
 *
 * In a trusted folder a server may be in the folder, where the chosen environment (often `.venv`) has it. Never, trusted
 * or not, is one named by the folder's settings (`xdp-lsp.server` and `xdp-lsp.clang` are the machine's), by a relative
 * entry of PATH, or by the folder that a process is started in.
 */
import { realpath } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";

export function isRestricted(): boolean {
  return !vscode.workspace.isTrusted;
}

/** What the server is told at its start: it holds as long as that runs. */
export function trustOptions(): { restricted?: true } {
  return isRestricted() ? { restricted: true } : {};
}

/** Whether `file` is in a folder that is open and not trusted, links followed; or cannot be looked at. */
export async function isOfRestrictedFolder(file: string): Promise<boolean> {
  if (!isRestricted()) {
    return false;
  }
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const folder = await realpath(uri.fsPath).catch(() => uri.fsPath);
    const real = await realpath(file).catch(() => undefined);
    if (real === undefined || isIn(folder, real) || isIn(uri.fsPath, file)) {
      return true;
    }
  }
  return false;
}

function isIn(folder: string, file: string): boolean {
  const way = path.relative(folder, file);
  return way === "" || (way.split(path.sep)[0] !== ".." && !path.isAbsolute(way));
}

/** The folders of PATH that programs may be taken from: relative ones would be the folder's that is open. */
export async function searchedFolders(): Promise<string[]> {
  const folders = [];
  for (const folder of (process.env.PATH ?? "").split(path.delimiter).filter(path.isAbsolute)) {
    if (!(await isOfRestrictedFolder(folder))) {
      folders.push(folder);
    }
  }
  return folders;
}

/** Says that `what` has to wait until the folder is trusted, and leads to where that is done. */
export async function askForTrust(what: string): Promise<void> {
  const manage = "Manage Trust";
  const message = `xdp-lsp: ${what} uses the files of this folder, which is not trusted.`;
  if ((await vscode.window.showInformationMessage(message, manage)) === manage) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
}
