/* Servers that are missing, too old, something else, or that die as they start: each is a message with buttons, told once. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { found, inWorkspace, open } from "../support/editor";
import { click, MESSAGE, shown, STATUS, texts } from "../support/screen";
import { SERVER } from "../support/servers";
import { until } from "../support/wait";

/** How long a private environment may take to be made. */
const MAKING_MS = 60_000;

/** Names a server, or none; of messages only those stay that come of it. */
async function set(server: unknown): Promise<void> {
  await vscode.commands.executeCommand("notifications.clearAll");
  await vscode.workspace.getConfiguration("xdp-lsp").update("server", server, vscode.ConfigurationTarget.Global);
}

/** An executable in the workspace that does what the shell makes of `script`. */
function executable(name: string, script: string): string {
  const file = inWorkspace(name).fsPath;
  fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** What one that says its version does when it is to serve. */
const serving = (name: string, script: string) =>
  executable(name, `[ "$1" = --version ] && exec echo xdp-lsp 999.0.0\n${script}`);

/** Presses a button of the newest message. */
const press = (button: string) => click(`${MESSAGE} >> nth=0 >> .monaco-button:text-is("${button}")`);

/** Answers `initialize`, and ends with the first document that it is told of. */
const SHORT_LIVED = `
message() { read -r _ length && read -r _ && head -c "\${length%?}" >/dev/null; }
answer='{"jsonrpc":"2.0","id":0,"result":{"capabilities":{"textDocumentSync":1}}}'
message
printf 'Content-Length: %s\\r\\n\\r\\n%s' "\${#answer}" "$answer"
message # initialized
message`;

/** Waits until the newest message is `wanted`, with these buttons. */
async function told(wanted: RegExp, buttons: string[]): Promise<void> {
  const text = await until(`a message ${wanted}`, async () => {
    await vscode.commands.executeCommand("notifications.showList");
    const [newest] = await texts(MESSAGE);
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
    assert.equal((await texts(MESSAGE)).length, 1);
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

  test("that a setting of another type does not name", async () => {
    await set(5);
    await told(/not installed/, ["Install", "Choose…", "Open Log"]);
  });

  test("that dies as it starts: its last line, and nothing else", async () => {
    await set(serving("dies", "echo 'a package is missing' >&2; exit 2"));
    await told(/dies\) does not start: a package is missing\./, ["Restart", "Open Log"]);
    await shown(STATUS, /XDP stopped/);
    // What the setting before this one led to may still come.
    const ofThis = (await texts(MESSAGE)).filter((text) => !text.includes("not installed"));
    assert.equal(ofThis.length, 1, ofThis.join("\n"));
  });

  test("that says what is not the protocol", async () => {
    await set(serving("garbage", "echo 'hello, world'; echo; exec cat >/dev/null"));
    await told(/garbage\) does not start/, ["Restart", "Open Log"]);
  });

  test("that keeps ending is started again a few times, and as often where that is asked for", async () => {
    const mended = inWorkspace("mended").fsPath;
    const ran = inWorkspace("ran").fsPath;
    await set(serving("ends", `[ -e "${mended}" ] && exec "${SERVER}" "$@"\necho >>"${ran}"\n${SHORT_LIVED}`));
    await told(/keeps ending/, ["Restart", "Open Log"]);
    await shown(STATUS, /XDP stopped/);
    assert.equal(fs.readFileSync(ran, "utf8").length, 5);
    assert.equal((await texts(MESSAGE)).length, 1);

    await press("Restart");
    await until("as many again", () => fs.readFileSync(ran, "utf8").length >= 10 || undefined);
    await told(/keeps ending/, ["Restart", "Open Log"]);
    assert.equal(fs.readFileSync(ran, "utf8").length, 10);

    fs.writeFileSync(mended, "");
    await press("Restart");
    await found(inWorkspace("other.c"), "headroom-exceeded");
    await set("/nowhere/xdp-lsp");
    await told(/\/nowhere\/xdp-lsp/, []);
  });

  test("gives way to one that can", async () => {
    await set(SERVER);
    await found(inWorkspace("other.c"), "headroom-exceeded");
    await shown(STATUS, /XDP short by 24/);
  });
});

suite("a server that is installed by a click", () => {
  const storage = path.join(path.dirname(SERVER), "..", "data", "User", "globalStorage", "xdp-lsp.xdp-lsp");
  const pointer = path.join(storage, "current.json");
  const environments = () => fs.readdirSync(storage).filter((name) => name.startsWith("server-"));

  suiteSetup(async () => {
    process.env["PIP_NO_INDEX"] = "1";
    await set(undefined);
    await told(/not installed/, ["Install"]);
  });
  suiteTeardown(() => delete process.env["PIP_NO_INDEX"]);

  test("leaves nothing where that is cancelled", async () => {
    await press("Install");
    await told(/installing the server/, ["Cancel"]);
    await press("Cancel");
    await until("nothing left", () => environments().length === 0 || undefined);
    await shown(STATUS, /XDP no server/);
  });

  test("works without the package index", async function () {
    this.timeout(MAKING_MS + 10_000);
    await vscode.commands.executeCommand("xdp-lsp.restart");
    await told(/not installed/, ["Install"]);
    await press("Install");
    await until("the environment", () => fs.existsSync(pointer) || undefined, MAKING_MS);
    assert.deepEqual((JSON.parse(fs.readFileSync(pointer, "utf8")) as { missing: string[] }).missing, ["libclang"]);
    await found(inWorkspace("other.c"), "headroom-exceeded");
    await shown(STATUS, /XDP short by 24/);
  });

  test("is missed, and offered again, where it was deleted", async () => {
    for (const name of environments()) fs.rmSync(path.join(storage, name), { recursive: true });
    await vscode.commands.executeCommand("xdp-lsp.restart");
    await told(/not installed/, ["Install"]);
  });
});
