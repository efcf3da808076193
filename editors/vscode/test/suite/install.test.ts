/* From nothing to the first finding, as the walkthrough leads: the example is opened, and the server installed. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as vscode from "vscode";
import { found } from "../support/editor";
import { MESSAGE, STATUS, click, shown, texts } from "../support/screen";
import { until } from "../support/wait";

const INSTALLS = 80_000; // ms

/** Waits until a message says `wanted`. */
function told(wanted: RegExp): Promise<true> {
  return until(`a message ${wanted}`, async () => {
    await vscode.commands.executeCommand("notifications.showList");
    const all = await texts(MESSAGE);
    if (all.some((text) => wanted.test(text))) return true as const;
    throw new Error(`there is ${JSON.stringify(all)}`);
  });
}

suite("a newcomer", () => {
  let example: vscode.TextDocument;

  test("opens the example, and is told that there is no server", async () => {
    await vscode.commands.executeCommand("xdp-lsp.openExample");
    example = vscode.window.activeTextEditor!.document;
    assert.match(example.uri.path, /\/example\/gue_encap\.c$/);
    await told(/the server is not installed/);
  });

  test("installs the one that the extension carries by a button, and sees a finding", async function () {
    this.timeout(INSTALLS + 10_000);
    await click(`${MESSAGE} .monaco-button:has-text("Install")`);
    await told(/making an environment of Python|installing the server/);
    await until("a finding", () => (vscode.languages.getDiagnostics(example.uri).length ? true : undefined), INSTALLS);
    await found(example.uri, "headroom-exceeded");
    await shown(STATUS, /short by 24/);
  });

  test("has nothing made anew where all is there", async () => {
    const made = fs.readFileSync(current(), "utf8");
    await vscode.commands.executeCommand("xdp-lsp.install");
    assert.equal(fs.readFileSync(current(), "utf8"), made);
    await found(example.uri, "headroom-exceeded");
  });

  /** What names the environment that is in use. */
  const current = () => vscode.Uri.joinPath(example.uri, "..", "..", "current.json").fsPath;
});
