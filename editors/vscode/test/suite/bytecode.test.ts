import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { found, inWorkspace, open, rangeOf } from "../support/editor";
import { isAlive, servers } from "../support/servers";
import { until } from "../support/wait";

/** The editor that shows the code of gue_encap.c, once it does. */
function listing(): Promise<vscode.TextEditor> {
  return until("the listing with its instructions", () =>
    vscode.window.visibleTextEditors.find(
      ({ document }) => document.languageId === "bpf-listing" && document.getText().includes("(95) exit"),
    ),
  );
}

/** The line of the only row or line with `words` in it. */
function lineOf(document: vscode.TextDocument, words: string): number {
  return rangeOf(document, words).start.line;
}

/** Waits until `editor` has `line` in sight. */
function inSight(editor: vscode.TextEditor, line: number): Promise<true> {
  return until(`line ${line + 1} of ${editor.document.fileName} in sight`, () =>
    editor.visibleRanges.some((range) => range.contains(new vscode.Position(line, 0))) ? (true as const) : undefined,
  );
}

function put(editor: vscode.TextEditor, line: number, character = 0): void {
  const place = new vscode.Position(line, character);
  editor.selection = new vscode.Selection(place, place);
}

/** Looks at `line` alone, so that what comes into sight afterwards was brought there. */
async function scrollTo(editor: vscode.TextEditor, line: number): Promise<void> {
  editor.revealRange(new vscode.Range(line, 0, line, 0), vscode.TextEditorRevealType.AtTop);
  await inSight(editor, line);
}

suite("bytecode", () => {
  let source: vscode.TextEditor;
  let code: vscode.TextEditor;

  suiteSetup(async () => {
    source = await open("gue_encap.c");
    await found(source.document.uri, "headroom-exceeded");
    put(source, lineOf(source.document, "opt_len = real->opt_len;"));
    await vscode.commands.executeCommand("xdp-lsp.bytecodeBeside");
    code = await listing();
  });

  test("it is shown beside the source, which keeps the focus", async () => {
    assert.equal(code.viewColumn, vscode.ViewColumn.Two);
    assert.equal(vscode.window.activeTextEditor?.document, source.document);
    assert.equal(code.document.lineAt(0).text.startsWith("gue_encap (xdp): needs 176 bytes;"), true);
    await inSight(code, lineOf(code.document, "; opt_len = real->opt_len; @ gue_encap.c:52") + 1);
  });

  test("the cursor in the source leads the listing", async () => {
    await scrollTo(code, 0);
    put(source, lineOf(source.document, "ip6->nexthdr = IPPROTO_UDP;"));
    await inSight(code, lineOf(code.document, "; ip6->nexthdr = IPPROTO_UDP; @") + 1);
    assert.equal(vscode.window.activeTextEditor?.document, source.document);
  });

  test("the cursor in the listing leads the source, and nothing comes back", async () => {
    await vscode.window.showTextDocument(code.document, code.viewColumn);
    await scrollTo(source, source.document.lineCount - 1);
    const row = lineOf(code.document, "call bpf_map_lookup_elem");
    const before = source.selection;
    put(code, row);
    await inSight(source, lineOf(source.document, "real = bpf_map_lookup_elem("));
    assert.equal(vscode.window.activeTextEditor?.document, code.document);
    assert.equal(code.selection.active.line, row);
    assert.deepEqual(source.selection, before);
  });

  test("a definition leads from a jump to its target, and from an instruction to its source", async () => {
    const jump = rangeOf(code.document, "if w5 > 0x7c goto pc+");
    const target = /<(\d+)>/.exec(code.document.lineAt(jump.end.line).text)?.[1];
    const [to] = await definitions(code.document, jump.end);
    assert.ok(to && target !== undefined);
    assert.equal(to.uri.toString(), code.document.uri.toString());
    assert.match(code.document.lineAt(to.range.start.line).text, new RegExp(`^. +${target}: `));
    const [from] = await definitions(code.document, jump.start);
    assert.ok(from);
    assert.equal(from.uri.toString(), source.document.uri.toString());
    assert.equal(from.range.start.line, lineOf(source.document, "if (opt_len > MAX_OPT_LEN)"));
  });

  test("it is coloured", async () => {
    const call = lineOf(code.document, "call bpf_xdp_adjust_head");
    const words = await coloured(code.document);
    assert.ok(words.includes("0 function.definition gue_encap"), words.slice(0, 3).join());
    assert.ok(words.includes(`${call} function.defaultLibrary.movesPacket bpf_xdp_adjust_head`));
    assert.ok(words.includes(`${lineOf(code.document, "w5 > 0x7c")} operator.delta *`));
  });

  test("it tells what a register holds", async () => {
    const at = rangeOf(code.document, "w2 = -w2").start;
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      code.document.uri,
      at,
    );
    const said = hovers.flatMap((hover) => hover.contents.map((each) => (each as vscode.MarkdownString).value));
    assert.match(said.join("\n"), /after: r2 = .*smin32=-176/);
  });

  test("its functions are in the outline", async () => {
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      code.document.uri,
    );
    assert.deepEqual(symbols.map(({ name }) => name), ["gue_encap"]);
  });

  test("what is typed above a line leaves it with its instructions", async () => {
    await source.edit((edit) => edit.insert(new vscode.Position(0, 0), "/* typed */\n"));
    await vscode.window.showTextDocument(source.document, source.viewColumn);
    await scrollTo(code, 0);
    put(source, lineOf(source.document, "__builtin_memcpy(eth->h_dest"));
    await inSight(code, lineOf(code.document, "; __builtin_memcpy(eth->h_dest") + 1);
  });

  test("a save renews it", async () => {
    assert.ok(code.document.getText().includes("@ gue_encap.c:52"));
    await source.document.save();
    await until("the listing of what was saved", () =>
      code.document.getText().includes("; opt_len = real->opt_len; @ gue_encap.c:53") ? true : undefined,
    );
    await until("its colours", async () =>
      (await coloured(code.document)).includes("0 function.definition gue_encap") ? true : undefined,
    );
  });

  test("the lens leads to its program", async () => {
    await scrollTo(code, code.document.lineCount - 1);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      source.document.uri,
    );
    const lens = lenses.find(({ command }) => command?.command === "xdp-lsp.showBytecode");
    assert.ok(lens?.command);
    await vscode.commands.executeCommand(lens.command.command, ...(lens.command.arguments ?? []));
    await inSight(code, 0);
    assert.equal(vscode.window.visibleTextEditors.filter(({ document }) => document === code.document).length, 1);
  });

  test("a position leads to its line, as the server writes one too", async () => {
    const line = lineOf(source.document, "__builtin_memcpy(eth->h_dest");
    for (const place of [new vscode.Position(line, 0), { line, character: 0 }]) {
      await scrollTo(code, 0);
      await vscode.commands.executeCommand("xdp-lsp.showBytecode", source.document.uri.toString(), place);
      await inSight(code, lineOf(code.document, "; __builtin_memcpy(eth->h_dest") + 1);
    }
  });

  test("it is there again after the server was", async () => {
    const before = servers();
    await vscode.commands.executeCommand("xdp-lsp.restart");
    assert.equal(before.length, 1);
    await until("the end of the server that was there before", () => !before.some(isAlive) || undefined);
    await until("its hovers from the new server", async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        code.document.uri,
        rangeOf(code.document, "w2 = -w2").start,
      );
      return hovers.length > 0 ? true : undefined;
    });
    assert.equal(code.document.uri.path.endsWith(`${inWorkspace("gue_encap.c").path}.bpf`), true);
  });
});

async function definitions(document: vscode.TextDocument, at: vscode.Position): Promise<vscode.Location[]> {
  const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
    "vscode.executeDefinitionProvider",
    document.uri,
    at,
  );
  return found.map((one) => ("uri" in one ? one : new vscode.Location(one.targetUri, one.targetRange)));
}

/** What is coloured, word by word: its line, its type and modifiers, and itself. */
async function coloured(document: vscode.TextDocument): Promise<string[]> {
  const [legend, tokens] = await Promise.all([
    vscode.commands.executeCommand<vscode.SemanticTokensLegend | undefined>(
      "vscode.provideDocumentSemanticTokensLegend",
      document.uri,
    ),
    vscode.commands.executeCommand<vscode.SemanticTokens | undefined>(
      "vscode.provideDocumentSemanticTokens",
      document.uri,
    ),
  ]);
  const words: string[] = [];
  let [line, start] = [0, 0];
  for (let at = 0; legend && tokens && at < tokens.data.length; at += 5) {
    const [down, right, length, type, bits] = tokens.data.subarray(at, at + 5) as unknown as number[];
    line += down!;
    start = (down === 0 ? start : 0) + right!;
    const modifiers = legend.tokenModifiers.filter((_name, bit) => (bits! >> bit) & 1);
    const text = document.lineAt(line).text.slice(start, start + length!);
    words.push(`${line} ${[legend.tokenTypes[type!], ...modifiers].join(".")} ${text}`);
  }
  return words;
}
