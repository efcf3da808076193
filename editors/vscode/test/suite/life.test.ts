/* What happens to a server and to what it shows, as settings, the text and the server itself change. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { change, findings, found, inWorkspace, open, warned, warnings } from "../support/editor";
import { shown, STATUS } from "../support/screen";
import { isAlive, servers } from "../support/servers";
import { until } from "../support/wait";

const settings = () => vscode.workspace.getConfiguration("xdp-lsp");
const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Global);
const CHECK = "if (opt_len > MAX_OPT_LEN)";

let editor: vscode.TextEditor;
let uri: vscode.Uri;

/** Waits until the lenses say `wanted`. */
function lenses(wanted: RegExp): Promise<true> {
  return until(`lenses ${wanted}`, async () => {
    const all = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 10);
    const text = all.map(({ command }) => command?.title).join(", ");
    if (wanted.test(text)) return true as const;
    throw new Error(`there is ${text}`);
  });
}

async function only(): Promise<number> {
  const [server, ...more] = await until("a server", () => (servers().length > 0 ? servers() : undefined));
  assert.deepEqual(more, []);
  assert.ok(server);
  return server;
}

suite("settings", () => {
  suiteSetup(async () => {
    editor = await open("gue_encap.c");
    uri = editor.document.uri;
  });

  test("the project's file holds where the user set nothing", async () => {
    await lenses(/needs 176 of 216 B .*targets: mlx5_core$/);
    assert.deepEqual(warnings(uri), []);
    await shown(STATUS, /^XDP fits/);
  });

  test("targets that the user sets win, and the verdict follows", async () => {
    await set("targets", ["ice"]);
    await warned(uri, "headroom-exceeded");
    assert.match(findings(uri)[0]?.message ?? "", /may prepend up to 176 bytes here; ice has 152/);
    await shown(STATUS, /^XDP short by 24$/);
  });

  test("another setting sends nothing that was not set", async () => {
    await set("targets", undefined);
    await warned(uri);
    await set("inlayHints", "off");
    await until("no hints", async () => ((await hints()).length === 0 ? true : undefined));
    await lenses(/targets: mlx5_core$/);
    await set("inlayHints", undefined);
    await until("hints", async () => ((await hints()).length > 0 ? true : undefined));
  });

  test("the project's file is followed as it changes", async () => {
    const file = inWorkspace(".xdp-lsp.toml");
    const before = await vscode.workspace.fs.readFile(file);
    await vscode.workspace.fs.writeFile(file, Buffer.from('targets = ["i40e"]\n'));
    await warned(uri, "headroom-exceeded");
    await vscode.workspace.fs.writeFile(file, before);
    await warned(uri);
  });

  async function hints(): Promise<vscode.InlayHint[]> {
    const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
    return vscode.commands.executeCommand("vscode.executeInlayHintProvider", uri, whole);
  }
});

suite("a file that does not compile", () => {
  const errors = () =>
    vscode.languages.getDiagnostics(uri).filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
  const EARLIER = /\(as of the last text that compiled\)$/;
  let clangd: vscode.DiagnosticCollection;

  suiteSetup(async () => {
    clangd = vscode.languages.createDiagnosticCollection("clangd");
    await set("targets", ["mainstream"]);
    await warned(uri, "headroom-exceeded");
  });
  suiteTeardown(() => clangd.dispose());

  test("shows the error at its line, and nothing of an earlier text", async () => {
    await change(editor, CHECK, "if (opt_len > MAX_LENGTH)");
    await editor.document.save();
    const error = await until("the error", () => errors()[0]);
    assert.match(error.message, /undeclared identifier 'MAX_LENGTH'/);
    assert.deepEqual(editor.document.getText(error.range), "MAX_LENGTH");
    assert.equal(errors().length, 1);
    await warned(uri); // nothing of an earlier text
    await shown(STATUS, /^XDP does not compile$/);
  });

  test("says of what was found before that it is of an earlier text, where it is checked as it is typed", async () => {
    await set("run", "on-type");
    const [earlier] = await found(uri, "headroom-exceeded");
    assert.match(earlier?.message ?? "", EARLIER);
    await set("run", undefined);
    await editor.document.save();
    await warned(uri);
  });

  test("hides clang's error where clangd shows it, unless both are asked for", async () => {
    const error = await until("the error", () => errors()[0]);
    const same = new vscode.Diagnostic(error.range, "Use of undeclared identifier 'MAX_LENGTH'");
    clangd.set(uri, [same]);
    await until("clangd's error alone", () => (errors().length === 1 && errors()[0]?.message === same.message) || undefined);
    await set("duplicateErrors", true);
    await until("both", () => errors().length === 2 || undefined);
    await set("duplicateErrors", undefined);
    await until("one", () => errors().length === 1 || undefined);
    clangd.clear();
    await until("clang's again", () => (errors().length === 1 && errors()[0]?.message === error.message) || undefined);
  });

  test("is as before once it is mended", async () => {
    await change(editor, "if (opt_len > MAX_LENGTH)", "if (opt_len > 100)");
    await editor.document.save();
    await warned(uri);
    assert.deepEqual(errors(), []);
    await change(editor, "if (opt_len > 100)", CHECK);
    await editor.document.save();
    await warned(uri, "headroom-exceeded");
    await shown(STATUS, /^XDP short by 24$/);
    assert.doesNotMatch(findings(uri)[0]?.message ?? "", EARLIER);
  });
});

suite("the server", () => {
  test("is one for all files", async () => {
    const other = inWorkspace("other.c");
    await vscode.workspace.fs.copy(uri, other);
    await open("other.c");
    await warned(other, "headroom-exceeded");
    await only();
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    editor = await open("gue_encap.c");
  });

  test("that is killed is there again, once, and sees the text as it is", async () => {
    const killed = await only();
    await change(editor, CHECK, "if (opt_len > 8)");
    process.kill(killed, "SIGKILL");
    const next = await until("another server", () => servers().find((each) => each !== killed));
    await editor.document.save();
    await lenses(/needs 60 of 152 B/);
    await warned(uri);
    await change(editor, "if (opt_len > 8)", CHECK);
    await editor.document.save();
    await warned(uri, "headroom-exceeded");
    assert.equal(await only(), next);
  });

  test("is another one after the command that restarts it", async () => {
    const before = await only();
    await vscode.commands.executeCommand("xdp-lsp.restart");
    await until("the end of the one before", () => !isAlive(before) || undefined);
    await warned(uri, "headroom-exceeded");
    assert.notEqual(await only(), before);
  });
});

suite("commands", () => {
  test("all that are announced are there", async () => {
    const extension = vscode.extensions.getExtension("xdp-lsp.xdp-lsp");
    const announced = (extension?.packageJSON.contributes.commands as { command: string }[]).map(({ command }) => command);
    const known = new Set(await vscode.commands.getCommands());
    assert.deepEqual(announced.filter((command) => !known.has(command)), []);
  });

  /** Waits until an output channel says `wanted`. */
  function told(wanted: RegExp): Promise<true> {
    const outputs = () => vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === "output");
    return until(`${wanted} in an output`, () => outputs().some((one) => wanted.test(one.getText())) || undefined);
  }

  test("the doctor looks at the file as the editor's settings have it compiled", async () => {
    await vscode.window.showTextDocument(editor.document);
    await set("mcpu", "v2");
    await vscode.commands.executeCommand("xdp-lsp.doctor");
    await set("mcpu", undefined);
    await told(/^ +mcpu +v2 \(editor\)$.*^command .* -mcpu=v2 .*^result +gue_encap;/ms);
  });

  test("the log opens, and tells of the server", async () => {
    await vscode.commands.executeCommand("xdp-lsp.openLog");
    await told(/server: .*version \d/);
  });
});
