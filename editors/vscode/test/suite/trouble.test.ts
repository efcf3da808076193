/* Servers that are missing, too old, something else, or that die as they start: each is a message with buttons, told once. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as vscode from "vscode";
import { found, inWorkspace, open } from "../support/editor";
import { shown, STATUS, texts } from "../support/screen";
import { SERVER } from "../support/servers";
import { until } from "../support/wait";

/** In the list of messages: a window that is driven by tests shows them nowhere else. */
const MESSAGES = ".notifications-center .notification-list-item";

const set = (server: string | undefined) =>
  vscode.workspace.getConfiguration("xdp-lsp").update("server", server, vscode.ConfigurationTarget.Global);

/** An executable in the workspace that does what the shell makes of `script`. */
function executable(name: string, script: string): string {
  const file = inWorkspace(name).fsPath;
  fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** What one that says its version does when it is to serve. */
const serving = (name: string, script: string) =>
  executable(name, `[ "$1" = --version ] && exec echo xdp-lsp 999.0.0\n${script}`);

/** Waits until the newest message is `wanted`, with these buttons. */
async function told(wanted: RegExp, buttons: string[]): Promise<void> {
  const text = await until(`a message ${wanted}`, async () => {
    await vscode.commands.executeCommand("notifications.showList");
    const [newest] = await texts(MESSAGES);
    if (newest !== undefined && wanted.test(newest)) return newest;
    throw new Error(`the newest is ${newest}`);
  });
  for (const button of buttons) assert.ok(text.includes(button), `${button} in ${text}`);
}

suite("a server that cannot be used", () => {
  test("that is nowhere: what to do about it", async () => {
    await open("gue_encap.c");
    await told(/not installed.* pip install 'xdp-lsp\[clang\]'/s, ["Install", "Choose…", "Open Log"]);
    await shown(STATUS, /XDP no server/);
  });

  test("is not told of again with the next file", async () => {
    fs.copyFileSync(inWorkspace("gue_encap.c").fsPath, inWorkspace("other.c").fsPath);
    await open("other.c");
    await shown(STATUS, /XDP no server/);
    assert.equal((await texts(MESSAGES)).length, 1);
  });

  for (const [what, server, wanted] of [
    ["that does not exist", () => "/nowhere/xdp-lsp", /"\/nowhere\/xdp-lsp", which is no file that can be run/],
    ["that is not on PATH", () => "xdp-lsp-of-mine", /"xdp-lsp-of-mine", which is not on PATH/],
    ["that is relative", () => "bin/xdp-lsp", /"bin\/xdp-lsp": write a command or an absolute path/],
    ["that is too old", () => executable("old", "echo xdp-lsp 0.0.9"), /old is version 0\.0\.9, too old/],
    ["that is something else", () => executable("else", "echo hello"), /else is something else: it says "hello"/],
    [
      "that fails: its last line, no traceback",
      () => executable("fails", 'printf "Traceback:\\n  line 1\\nImportError: no pygls\\n" >&2; exit 1'),
      /fails does not start: ImportError: no pygls\./,
    ],
  ] as const) {
    test(`${what}, and is named by the setting`, async () => {
      await set(server());
      await told(wanted, ["Open Settings", "Choose…", "Open Log"]);
      await shown(STATUS, /XDP no server/);
    });
  }

  test("that dies as it starts", async () => {
    await set(serving("dies", "exit 1"));
    await told(/dies\) does not start/, ["Restart", "Open Log"]);
    await shown(STATUS, /XDP stopped/);
  });

  test("gives way to one that can", async () => {
    await set(SERVER);
    await found(inWorkspace("other.c"), "headroom-exceeded");
    await shown(STATUS, /XDP short by 24/);
  });
});
