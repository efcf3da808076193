// The manual page of a finding, as the server keeps it.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

interface Manual {
  pages: { code: string; title: string; uri: string }[];
}

type Item = vscode.QuickPickItem & { uri?: string };

/** Asks which code is meant, those at the cursor first, and shows its page. */
export async function explain(client: LanguageClient): Promise<void> {
  const { pages } = await client.sendRequest<Manual>("xdp-lsp/manual", {});
  const here = codesAtCursor();
  const items = pages.map(({ code, title, uri }): Item => ({ label: code, detail: title, uri }));
  const first = items.filter((one) => here.has(one.label));
  const rest = items.filter((one) => !here.has(one.label));
  const shown = first.length > 0 ? [separator("at the cursor"), ...first, separator("others"), ...rest] : rest;
  const options = { title: "Explain a finding", placeHolder: "The code of a finding", matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(shown, options);
  if (chosen?.uri !== undefined) {
    await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.parse(chosen.uri));
  }
}

function separator(label: string): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function codesAtCursor(): Set<string> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return new Set();
  }
  const line = editor.selection.active.line;
  const there = vscode.languages
    .getDiagnostics(editor.document.uri)
    .filter(({ range }) => range.start.line <= line && line <= range.end.line);
  return new Set(there.map(({ code }) => String(typeof code === "object" ? code.value : code)));
}
