// Which documents concern us. Nothing is searched: a source tree may be as large as the kernel's.
import * as vscode from "vscode";

const SETTINGS_FILE = ".xdp-lsp.toml";
// `?xdp`: one that is not loaded by itself. The others are what headers of such programs name.
const LOOKS_LIKE_XDP = /(?:SEC|section)\s*\(\s*"\??xdp|\bstruct\s+xdp_md\b|\bbpf_xdp_adjust_/;

export function looksLikeXdp(document: vscode.TextDocument): boolean {
  return isCFile(document) && LOOKS_LIKE_XDP.test(document.getText());
}

function isCFile(document: vscode.TextDocument): boolean {
  const isC = document.languageId === "c" || document.uri.path.endsWith(".h"); // which VS Code takes for C++
  return isC && document.uri.scheme === "file";
}

/** Whether our settings are beside a C file, or above it in its folder of the workspace. */
export async function isOfProject(document: vscode.TextDocument): Promise<boolean> {
  const top = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.path;
  if (!isCFile(document) || top === undefined) {
    return false;
  }
  for (let folder = document.uri; folder.path.length > top.length; ) {
    folder = vscode.Uri.joinPath(folder, "..");
    if (await hasSettings(folder)) {
      return true;
    }
  }
  return false;
}

/** Whether our settings are in `folder`. */
export async function hasSettings(folder: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, SETTINGS_FILE));
    return true;
  } catch {
    return false;
  }
}
