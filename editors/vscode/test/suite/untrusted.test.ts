/* A folder that is not trusted, with settings, flags, headers and a server of its own; and once it is trusted. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { codeOf, findings, found, inWorkspace, open, warned } from "../support/editor";
import { MESSAGE, STATUS, click, shown, texts } from "../support/screen";
import { SERVER, servers, starts } from "../support/servers";
import { until } from "../support/wait";

const TRUST = '.workspace-trust-editor .monaco-button:text-is("Trust")';

let alone: vscode.Uri;
let needs: vscode.Uri;
let ran: string;

/** Puts a server into the folder, first on PATH, that leaves a file behind once it runs. */
function plantServer(): void {
  const folder = inWorkspace("bin").fsPath;
  ran = inWorkspace("ran").fsPath;
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "xdp-lsp"), `#!/bin/sh\n: >"${ran}"\nexec "${SERVER}" "$@"\n`, { mode: 0o755 });
  process.env["PATH"] = folder + path.delimiter + process.env["PATH"];
}

suite("a folder that is not trusted", () => {
  suiteSetup(async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    plantServer();
    alone = (await open("alone.c")).document.uri;
  });

  test("has its text analysed, without its settings, flags and headers", async () => {
    await shown(STATUS, /XDP fits 22 targets \(restricted\)/);
    await warned(alone);
  });

  test("says at its line that a header of it would be needed", async () => {
    needs = (await open("needs.c")).document.uri;
    const [finding, ...more] = await found(needs, "folder-not-trusted");
    assert.deepEqual(more, []);
    assert.equal(finding?.range.start.line, 2);
    assert.match(finding.message, /`common\.h` .* nothing of this folder is used, which is not trusted/);
    assert.deepEqual(findings(needs).map(codeOf), ["folder-not-trusted"]);
    await shown(STATUS, /XDP .*\(restricted\)/);
  });

  test("has no server of it run, though it is the first on PATH", async () => {
    await vscode.commands.executeCommand("xdp-lsp.restart");
    await warned(needs, "folder-not-trusted");
    assert.equal(servers().length, 1);
    assert.equal(fs.existsSync(ran), false);
  });

  test("has no doctor look at it, who leads to where it is trusted", async () => {
    const done = vscode.commands.executeCommand("xdp-lsp.doctor");
    await until("what the doctor says", async () => {
      await vscode.commands.executeCommand("notifications.showList");
      const all = await texts(MESSAGE);
      if (all.some((text) => /the doctor uses the files of this folder, which is not trusted/.test(text))) return true as const;
      throw new Error(`there is ${JSON.stringify(all)}`);
    });
    await click(`${MESSAGE} .monaco-button:text-is("Manage Trust")`);
    await done;
    await until("a button for trust", async () => (await texts(TRUST)).length > 0 || undefined);
    assert.deepEqual(starts().filter(({ args }) => args.startsWith("doctor")), []);
  });
});

suite("once it is trusted", () => {
  suiteSetup(async () => {
    await until("a button for trust", () => click(TRUST).then(() => true));
    await until("trust", () => vscode.workspace.isTrusted || undefined);
  });

  test("the server is started again, and uses all of it", async () => {
    for (const uri of [alone, needs]) {
      await warned(uri, "headroom-exceeded");
      assert.match(findings(uri)[0]?.message ?? "", /prepends 300 bytes here; sfc has 88/);
    }
    assert.equal(servers().length, 1);
    assert.equal(fs.existsSync(ran), true);
  });

  test("the status bar does not call it restricted any more", async () => {
    await vscode.window.showTextDocument(needs);
    assert.doesNotMatch(await shown(STATUS, /XDP short by \d+/), /restricted/);
  });
});
