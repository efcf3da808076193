// The program at the cursor against each target.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

interface Fits {
  title: string;
  targets: { name: string; state: "fits" | "exceeds" | "unknown"; text: string; detail: string }[];
}

const ICONS = { fits: "$(pass)", exceeds: "$(error)", unknown: "$(question)" };

/** Shows them, with a way to `choose` others. */
export async function showFits(
  client: LanguageClient,
  editor: vscode.TextEditor,
  choose: () => unknown,
): Promise<void> {
  const found = await client.sendRequest<Fits | null>("xdp-lsp/fits", {
    textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(editor.document),
    position: client.code2ProtocolConverter.asPosition(editor.selection.active),
  });
  if (found === null) {
    const others = { title: "Choose Targets…" };
    const message = "xdp-lsp: there is no XDP program at the cursor, or nothing is known of it yet.";
    if ((await vscode.window.showInformationMessage(message, others)) === others) {
      await choose();
    }
    return;
  }
  const list = vscode.window.createQuickPick();
  list.title = found.title;
  list.placeholder = "Filter targets";
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  list.buttons = [{ iconPath: new vscode.ThemeIcon("gear"), tooltip: "Choose other targets" }];
  list.items = found.targets.map(({ name, state, text, detail }) => ({
    label: `${ICONS[state]} ${name}`,
    description: text,
    detail,
  }));
  list.onDidTriggerButton(() => {
    list.hide();
    choose();
  });
  list.onDidAccept(() => list.hide());
  list.onDidHide(() => list.dispose());
  list.show();
}
