import * as path from "node:path";
import * as vscode from "vscode";
import { until } from "./wait";

/** The address of a file of the workspace. */
export function inWorkspace(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error("no folder is open");
  return vscode.Uri.file(path.join(folder.uri.fsPath, name));
}

export async function open(name: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(inWorkspace(name)));
}

/** The range of `text` in a document, where it is there once. */
export function rangeOf(document: vscode.TextDocument, text: string): vscode.Range {
  const all = document.getText();
  const at = all.indexOf(text);
  if (at < 0 || all.indexOf(text, at + 1) >= 0) throw new Error(`not there once: ${text}`);
  return new vscode.Range(document.positionAt(at), document.positionAt(at + text.length));
}

/** Changes `from` to `to` in an open file, without saving it. */
export async function change(editor: vscode.TextEditor, from: string, to: string): Promise<void> {
  const range = rangeOf(editor.document, from);
  if (!(await editor.edit((edit) => edit.replace(range, to)))) throw new Error("the text was not changed");
}

/** What our server says of a file, from the top. */
export function findings(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter((diagnostic) => diagnostic.source?.startsWith("xdp-lsp"))
    .sort((a, b) => a.range.start.compareTo(b.range.start));
}

/** A finding's code, without the address of its page. */
export function codeOf(diagnostic: vscode.Diagnostic): string {
  const code = diagnostic.code;
  return String(typeof code === "object" ? code.value : code);
}

/** The findings of a file once there are any of the code `code`. */
export function found(uri: vscode.Uri, code: string): Promise<vscode.Diagnostic[]> {
  return until(`a finding ${code} in ${path.basename(uri.fsPath)}`, () => {
    const all = findings(uri).filter((diagnostic) => codeOf(diagnostic) === code);
    return all.length > 0 ? all : undefined;
  });
}

/** Waits until a file has no finding of the code `code`. */
export function gone(uri: vscode.Uri, code: string): Promise<true> {
  return until(`no finding ${code} in ${path.basename(uri.fsPath)}`, () =>
    findings(uri).some((diagnostic) => codeOf(diagnostic) === code) ? undefined : (true as const),
  );
}

/** The warnings and errors of ours: what fits is a hint. */
export function warnings(uri: vscode.Uri): string[] {
  return findings(uri)
    .filter(({ severity }) => severity <= vscode.DiagnosticSeverity.Warning)
    .map(codeOf);
}

/** Waits until the warnings of ours are exactly these. */
export function warned(uri: vscode.Uri, ...codes: string[]): Promise<true> {
  return until(`the warnings ${JSON.stringify(codes)}`, () => {
    const now = warnings(uri);
    if (JSON.stringify(now) === JSON.stringify(codes)) return true as const;
    throw new Error(`there is ${JSON.stringify(now)}`);
  });
}
