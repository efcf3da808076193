/* Each kind of code action, asked for, applied and saved in VS Code; then what it mends is gone, and nothing has come. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { codeOf, findings, inWorkspace, open, rangeOf } from "../support/editor";
import { until } from "../support/wait";

interface Kind {
  file: string;
  /** Of the finding that it mends, else where it is asked for. */
  code?: string;
  at?: string;
  title: RegExp;
  /** What the text has after it. */
  text: RegExp;
  targets?: string[];
  /** The code of what is silenced besides. */
  silenced?: string;
}

const KINDS: Kind[] = [
  {
    file: "unchecked_kernel_style.c",
    code: "result-unchecked",
    title: /^Check the result, and return XDP_ABORTED where the call fails$/,
    text: /err = bpf_xdp_adjust_head\(ctx, 2\);\n\t\tif \(err\)\n\t\t\treturn XDP_ABORTED;/,
  },
  {
    file: "lengths.c",
    code: "headroom-exceeded",
    title: /^Lower the limit of labels from 200 to 132$/,
    text: /#define MAX_LABELS 132\n/,
  },
  {
    file: "lengths.c",
    code: "headroom-exceeded",
    title: /^Check that options is at most MAX_OPTIONS$/,
    text: /if \(options > MAX_OPTIONS\)\n/,
  },
  {
    file: "lengths.c",
    code: "headroom-exceeded",
    title: /^Silence headroom-exceeded here, with a reason$/,
    text: /xdp-lsp: allow\(headroom-exceeded\)/,
  },
  {
    file: "lengths.c",
    code: "headroom-exceeded",
    title: /^Leave i40e, ice, igb, ixgbe out of the targets$/,
    text: /^/,
  },
  {
    file: "order_and_sign.c",
    code: "prepend-unbounded",
    title: /^Move the check of bytes before the call$/,
    text: /bytes > 128\)\n\t\treturn XDP_DROP;\n\n\t\/\* the outer headers \*\//,
  },
  {
    file: "order_and_sign.c",
    code: "prepend-unbounded",
    title: /^Read tunnel->bytes once, and use what was checked$/,
    text: /bytes = tunnel->bytes;\n\tif \(bytes > 128\)/,
  },
  { file: "order_and_sign.c", code: "negative-length", title: /^Make length unsigned$/, text: /__u32 length;/ },
  {
    file: "order_and_sign.c",
    code: "negative-length",
    title: /^Check that length is not negative$/,
    text: /length < 0 \|\| length > 64/,
  },
  {
    file: "metadata.c",
    code: "metadata-unsupported",
    title: /^Round the metadata up to 8 bytes$/,
    text: /adjust_meta\(ctx, -8\)/,
    targets: ["mlx5_core@6.12"],
  },
  {
    file: "contracts.c",
    code: "contract-broken",
    title: /^Promise 20 bytes instead of 16$/,
    text: /prepends at most 20\n/,
  },
  {
    file: "contracts.c",
    at: "int open(",
    title: /^State that open prepends at most 20 bytes$/,
    text: /\/\* xdp-lsp: prepends at most 20 \*\/\nSEC\("xdp"\)\nint open/,
  },
  {
    file: "comments.c",
    code: "unused-suppression",
    title: /^Remove the comment, which silences nothing$/,
    text: /^(?![^]*it once was more)/,
  },
  {
    file: "comments.c",
    code: "unused-suppression",
    title: /^Write headroom-exceeded$/,
    text: /allow\(headroom-exceeded\) only ever runs/,
    silenced: "headroom-exceeded",
  },
  {
    file: "comments.c",
    code: "unused-suppression",
    title: /^Give a reason$/,
    text: /allow\(headroom-exceeded\) TODO/,
    silenced: "headroom-exceeded",
  },
];

/** How often each code is found, by code; not what fits, which is a hint. */
function counted(uri: vscode.Uri): Map<string, number> {
  const counts = new Map<string, number>();
  const told = findings(uri).filter(({ severity }) => severity !== vscode.DiagnosticSeverity.Hint);
  for (const code of told.map(codeOf).sort()) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

suite("code actions", () => {
  KINDS.forEach(({ file, code, at, title, text, targets, silenced }, number) => {
    test(`${file}: ${title.source}`, async () => {
      // A copy, since the next would find what this one leaves.
      const name = `${number}-${file}`;
      await vscode.workspace.fs.copy(inWorkspace(file), inWorkspace(name));
      const { document } = await open(name);
      if (targets) await vscode.commands.executeCommand("xdp-lsp.chooseTargets", targets);
      await until("findings", () => counted(document.uri).size > 0 || undefined);
      const places = () =>
        at
          ? [rangeOf(document, at)]
          : findings(document.uri).flatMap((each) => (codeOf(each) === code ? each.range : []));
      const action = await until(`the action ${title}`, () => offered(document.uri, places(), title));
      const before = counted(document.uri);
      assert.ok(action.edit ?? action.command);
      if (action.edit) assert.ok(await vscode.workspace.applyEdit(action.edit));
      if (action.command) await vscode.commands.executeCommand(action.command.command, ...(action.command.arguments ?? []));
      await document.save();
      assert.match(document.getText(), text);
      const mended = [code, silenced].filter((each) => each !== undefined);
      await until(`less of ${mended.join(" and ")}, and no more of another`, () => {
        const now = counted(document.uri);
        const more = [...now].filter(([each, count]) => count > (before.get(each) ?? 0));
        const isLess = mended.every((each) => (now.get(each) ?? 0) < (before.get(each) ?? 0));
        if (isLess && more.length === 0) return true;
        throw new Error(`was ${[...before].join("; ")}; is ${[...now].join("; ")}`);
      });
      if (targets || !action.edit) await vscode.commands.executeCommand("xdp-lsp.chooseTargets", []);
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    });
  });
});

/** The action `title`, as it is offered at one of `places`. */
async function offered(uri: vscode.Uri, places: vscode.Range[], title: RegExp): Promise<vscode.CodeAction> {
  const titles: string[] = [];
  for (const place of places) {
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      uri,
      place,
      undefined,
      100, // resolved, as those are that a user picks
    );
    const action = actions.find((each) => title.test(each.title));
    if (action) return action;
    titles.push(...actions.map((each) => each.title));
  }
  throw new Error(`there is ${JSON.stringify(titles)}`);
}
