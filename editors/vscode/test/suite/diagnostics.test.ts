import * as assert from "node:assert/strict";
import * as path from "node:path";
import * as vscode from "vscode";
import { codeOf, findings, found, open, rangeOf } from "../support/editor";
import { until } from "../support/wait";

suite("diagnostics", () => {
  let document: vscode.TextDocument;
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
