/* Makes a private environment as the extension does, in plain Node and without VS Code:
 *
 *     node test/environment.mjs '{"bundle": FOLDER, "storage": FOLDER, "preferred": PYTHON, "cancelAt": TEXT}'
 *
 * `cancelAt` cancels at the first report that holds TEXT. Prints as JSON what was there (`current`), what came of it (`made`
 * or `failure`), what was reported, and the log.
 */
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "src", "environment.ts");
const bundled = await esbuild.build({ entryPoints: [source], bundle: true, platform: "node", format: "esm", write: false });
const { current, isOutdated, make } = await import(`data:text/javascript,${encodeURIComponent(bundled.outputFiles[0].text)}`);

const { cancelAt, ...given } = JSON.parse(process.argv[2]);
const cancelled = new AbortController();
const result = {
  current: (await current(given.bundle, given.storage)) ?? null,
  isOutdated: await isOutdated(given.bundle, given.storage),
  reports: [],
  log: [],
};
function report(text) {
  result.reports.push(text);
  if (cancelAt && text.includes(cancelAt)) {
    cancelled.abort();
  }
}
try {
  const log = (line) => result.log.push(line);
  result.made = await make({ ...given, signal: cancelled.signal, report, log });
} catch (error) {
  result.failure = { name: error.name, message: error.message };
}
console.log(JSON.stringify(result));
