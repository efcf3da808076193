/* Runs suites of tests inside a real VS Code, each in a window of its own:
 *
 *     node test/run.mts [--code CODE] [--keep] SUITE...
 *
 * SUITE is a file test/suite/SUITE.test.ts (mocha, `suite` and `test`). It runs in the extension host of VS Code with the
 * built dist/xdp-lsp.vsix installed, on a copy of a workspace; CODE is VS Code's executable (code-server), by itself `code`
 * of PATH. The language server is the `xdp-lsp` of PATH. Node 24 or later runs this file as it is.
 *
 * test/suite/SUITE.json, where there is one, says what differs for that suite (`Options` in options.mts):
 *
 *     { "workspace": "plain",                    a folder of test/workspaces, copied, or "" for none
 *       "files": ["examples/gue_encap.c"],       files of the repository, copied beside
 *       "settings": { "xdp-lsp.run": "on-type" },  the user's settings
 *       "trusted": false,                        Workspace Trust is on, and the folder is not trusted
 *       "extension": false,                      our extension is not installed
 *       "path": false }                          no xdp-lsp on PATH
 *
 * What a suite can use: support/editor.ts (files, findings), support/wait.ts (`until`), support/servers.ts (the processes of
 * the server), support/screen.ts (the page itself, for the status bar, messages and lists).
 *
 * From pytest: tests/editors/test_vscode.py runs each suite as a test of its name. What VS Code, the extension host and the
 * page said of a suite that failed is in build/vscode-tests/SUITE, with a screenshot; --keep keeps it of all.
 */
import { parseArgs } from "node:util";
import { bundle } from "./harness/bundle.mts";
import { runSuite } from "./harness/suite.mts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { code: { type: "string", default: "code" }, keep: { type: "boolean", default: false } },
});
if (positionals.length === 0) {
  console.error("usage: node test/run.mts [--code CODE] [--keep] SUITE...");
  process.exit(2);
}

await bundle(positionals);
let failed = false;
for (const suite of positionals) {
  const passed = await runSuite(suite, values.code, values.keep);
  failed ||= !passed;
}
process.exit(failed ? 1 : 0);
