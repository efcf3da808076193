import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { codeOf, findings, found, inWorkspace, open, rangeOf } from "../support/editor";
import * as screen from "../support/screen";
import { starts } from "../support/servers";
import { until } from "../support/wait";

let document: vscode.TextDocument;
const at = (text: string): vscode.Position => rangeOf(document, text).start;

suite("a C file that is not XDP, and a text that is no file", () => {
  test("start nothing, and show nothing", async () => {
    const { document } = await open("plain.c");
    const file = inWorkspace("gue_encap.c");
    const provideTextDocumentContent = ({ fsPath }: vscode.Uri) => fs.readFileSync(fsPath, "utf8");
    vscode.workspace.registerTextDocumentContentProvider("git", { provideTextDocumentContent });
    await vscode.window.showTextDocument(file.with({ scheme: "git" }), { viewColumn: vscode.ViewColumn.Beside });
    assert.equal(vscode.window.activeTextEditor?.document.languageId, "c");
    const extension = vscode.extensions.getExtension("xdp-lsp.xdp-lsp");
    await until("the extension is active", () => extension?.isActive || undefined);
    // One that is started now would follow any that the extension started.
    await promisify(execFile)("xdp-lsp", ["--version"]);
    assert.deepEqual(starts().map(({ args }) => args), ["--version"]);
    assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    assert.deepEqual(await screen.texts(screen.STATUS), []);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });
});

suite("diagnostics", () => {
  let finding: vscode.Diagnostic;

  suiteSetup(async () => {
    ({ document } = await open("gue_encap.c"));
    await found(document.uri, "headroom-exceeded");
    // The verdict is told first; what asks for how much, and with which input, follows.
    finding = await until("the finding with its witness", () =>
      findings(document.uri).find((each) => each.message.includes("opt_len")),
    );
  });

  test("what is asked for is underlined", () => {
    const asked = rangeOf(
      document,
      "-(int)(sizeof(struct ipv6hdr) + sizeof(struct udphdr) +\n\t\t\t\t\t    sizeof(struct guehdr) + opt_len)",
    );
    assert.deepEqual(finding.range, asked);
  });

  test("it is one warning of ours", () => {
    assert.deepEqual(findings(document.uri), [finding]);
    assert.equal(finding.source, "xdp-lsp");
    assert.equal(finding.severity, vscode.DiagnosticSeverity.Warning);
  });

  test("it says how much, which targets fail and with which input", () => {
    assert.deepEqual(finding.message.split("\n"), [
      "may prepend up to 176 bytes here; the portable headroom is 152 (set by i40e)",
      "short by 24: i40e, ice, igb, ixgbe",
      "outside the chosen targets: short by 88: sfc, sfc_siena; by 152: ixgbevf; no room at all: gve[gqi], " +
        "ixgbevf[82599-vf], rvu-nicpf",
      "with reals[0].opt_len = 124 it asks for 176",
      "check before the call that it prepends at most 152 bytes, and drop the packet otherwise",
    ]);
  });

  test("its code leads to the manual page", async () => {
    assert.ok(typeof finding.code === "object");
    assert.equal(codeOf(finding), "headroom-exceeded");
    const page = await vscode.workspace.openTextDocument(finding.code.target);
    assert.match(page.getText(), /^# headroom-exceeded/);
  });

  test("where the length was read and checked is said at those places", () => {
    const related = finding.relatedInformation ?? [];
    assert.deepEqual(
      related.map(({ location, message }) => [
        path.basename(location.uri.fsPath),
        document.lineAt(location.range.start).text.trim(),
        message,
      ]),
      [
        ["gue_encap.c", "opt_len = real->opt_len;", "read from a value of map `reals` (8 bits)"],
        ["gue_encap.c", "if (opt_len > MAX_OPT_LEN)", "checked here: 0 to 124 is left"],
      ],
    );
  });
});

suite("hover", () => {
  async function hovers(position: vscode.Position): Promise<string> {
    const all = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, position);
    return all.flatMap(({ contents }) => contents.map((one) => (typeof one === "string" ? one : one.value))).join("\n");
  }

  test("of a call: what is left on each target, in figures and as a picture", async () => {
    const text = await hovers(at("bpf_xdp_adjust_head(ctx"));
    assert.match(text, /prepends 52\.\.176 bytes; short by 24/);
    assert.match(text, /!\[[^\]]*\]\(data:image\/svg\+xml/);
    assert.match(text.replaceAll("&ensp;", ""), /\| 152 +\| short\sby\s24 +\| ixgbe, i40e, ice, igb \|/);
    assert.match(text, /Fails with `-EINVAL`/);
  });

  test("of a program: what it needs", async () => {
    const text = await hovers(at("gue_encap(struct"));
    assert.match(text, /needs 176 bytes/);
  });

  test("of a variable: its values at that line", async () => {
    assert.match(await hovers(at("key);\n\tif (!real")), /^\*\*key: any `?__u32/);
  });
});

suite("inlay hints and lenses", () => {
  test("a hint at the call says what it takes and leaves", async () => {
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      "vscode.executeInlayHintProvider",
      document.uri,
      whole,
    );
    const texts = hints.map(({ label, position }) => [
      position.line,
      typeof label === "string" ? label : label.map(({ value }) => value).join(""),
    ]);
    assert.deepEqual(texts, [[at("opt_len)))").line, "prepends 52..176, short by 24 on 4 targets"]]);
  });

  test("the program's lenses lead to targets and code", async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      document.uri,
      10,
    );
    const [verdict, targets, ...more] = lenses;
    assert.deepEqual(more, []);
    assert.equal(verdict?.range.start.line, at("SEC(\"xdp\")").line);
    assert.match(verdict?.command?.title ?? "", /^xdp · \d+ insns · needs 176 of 152 B · fits 18 of 22 targets$/);
    assert.equal(verdict?.command?.command, "xdp-lsp.showBytecode");
    assert.equal(targets?.command?.title, "targets: mainstream");
    assert.equal(targets?.command?.command, "xdp-lsp.chooseTargets");
  });

  test("a click on the targets offers others", async () => {
    vscode.window.activeTextEditor?.revealRange(rangeOf(document, "gue_encap(struct"), vscode.TextEditorRevealType.AtTop);
    const lens = '.codelens-decoration a:text-is("targets: mainstream")';
    await until("the lens", () => screen.click(lens).then(() => true));
    await screen.shown(screen.LIST, /Targets that programs must fit/);
    await screen.shown(screen.ROW, /^mainstream/);
    await screen.press("Escape");
  });
});

suite("the command that explains a code", () => {
  test("offers those at the cursor first, and opens the page of the one that is chosen", async () => {
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(at("opt_len)))"), at("opt_len)))"));
    const done = vscode.commands.executeCommand("xdp-lsp.explain");
    await screen.shown(screen.LIST, /Explain a finding/);
    await screen.shown(`${screen.ROW} >> nth=0`, /^headroom-exceeded[^]*at the cursor/);
    await screen.press("Enter");
    await done;
    await until("the page", () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      if (tab?.label === "Preview headroom-exceeded.md") return true as const;
      throw new Error(`there is ${tab?.label}`);
    });
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });
});

suite("a verifier log that is pasted into a new document", () => {
  test("shows what it refuses, and one that is shown from elsewhere nothing", async () => {
    const log = inWorkspace("linux-7.2.log");
    const content = fs.readFileSync(log.fsPath, "utf8");
    // As what a change is shown against: neither sent by the client nor taken by the server.
    const earlier = await vscode.workspace.openTextDocument(log.with({ scheme: "git" }));
    assert.equal(earlier.getText(), content);
    const { uri } = await vscode.workspace.openTextDocument({ content });
    assert.equal(uri.scheme, "untitled");
    const [refusal] = await found(uri, "kernel-refused");
    const line = content.split("\n").indexOf("invalid access to packet, off=0 size=1, R1(id=2,off=0,r=0)");
    assert.equal(refusal?.range.start.line, line);
    assert.deepEqual(vscode.languages.getDiagnostics(earlier.uri), []);
  });
});

suite("a header that is opened alone", () => {
  test("shows what the program says that includes it, and a lens that names it", async () => {
    const write = (name: string, text: string) => fs.writeFileSync(inWorkspace(name).fsPath, text);
    write(
      "push.c",
      '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include "push.h"\n' +
        'SEC("xdp") int prog(struct xdp_md *ctx) { return push(ctx) ? XDP_DROP : XDP_TX; }\n',
    );
    write("push.h", "static inline int push(struct xdp_md *ctx)\n{\n\treturn bpf_xdp_adjust_head(ctx, -300);\n}\n");
    const { document } = await open("push.h");
    const all = await found(document.uri, "headroom-exceeded");
    assert.deepEqual(all.map(({ range }) => range.start.line), [2]);
    const lens = await until("the lens of its root", async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri);
      return lenses.find((each) => each.command?.command === "xdp-lsp.chooseRoot");
    });
    assert.match(lens.command?.title ?? "", /^checked as part of push\.c/);
  });
});
