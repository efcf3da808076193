import * as fs from "node:fs";
import * as path from "node:path";
import { openTests, startBrowser } from "./browser.mts";
import { environmentOf, makeHome, makeWorkspace } from "./home.mts";
import { optionsOf, type Options } from "./options.mts";
import { BUNDLES, REPOSITORY } from "./paths.mts";
import { Screen } from "./screen.mts";
import { Server } from "./server.mts";

/** How long a window may take, from its start to the end of its tests. */
const LIMIT_MS = 150_000;

/** Runs one suite in a VS Code of its own, prints what it prints, and says whether it passed. */
export async function runSuite(suite: string, code: string, keep: boolean): Promise<boolean> {
  const home = makeHome();
  try {
    const options = optionsOf(suite);
    const folder = makeWorkspace(home, options);
    const passed = await inWindow(home, folder, code, suite, options);
    if (!passed || keep) report(home, suite);
    return passed;
  } catch (error) {
    report(home, suite);
    throw error;
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

async function inWindow(home: string, folder: string, code: string, suite: string, options: Options): Promise<boolean> {
  const browser = await startBrowser(home);
  const page = browser.pages()[0] ?? (await browser.newPage());
  const said = fs.createWriteStream(path.join(home, "page.log"));
  page.on("console", (message) => said.write(`${message.type()}: ${message.text()}\n`));
  const screen = await Screen.open(page);
  const server = await Server.start(code, home, folder, options, {
    ...environmentOf(home, options),
    XDP_LSP_TEST_SUITE: path.join(BUNDLES, `${suite}.js`),
    XDP_LSP_TEST_SCREEN: screen.address,
  });
  try {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<"late">((resolve) => (timer = setTimeout(resolve, LIMIT_MS, "late")));
    const tests = path.join(BUNDLES, "host.js");
    const outcome = await Promise.race([limit, openTests(page, server.address, folder, tests, console.log)]);
    clearTimeout(timer);
    if (outcome === "late") console.log(`${suite}: not at its end after ${LIMIT_MS / 1000} s`);
    if (outcome !== "passed") await page.screenshot({ path: path.join(home, "screenshot.png") });
    return outcome === "passed";
  } finally {
    await browser.close();
    await server.stop();
    screen.close();
    said.end();
  }
}

/** Keeps what tells why a suite failed: the logs of all that took part, and the screen. */
function report(home: string, suite: string): void {
  const kept = path.join(REPOSITORY, "build", "vscode-tests", suite);
  fs.rmSync(kept, { recursive: true, force: true });
  fs.mkdirSync(kept, { recursive: true });
  for (const name of ["code-server.log", "page.log", "screenshot.png", "data/logs", "workspace"]) {
    const from = path.join(home, name);
    if (fs.existsSync(from)) fs.cpSync(from, path.join(kept, path.basename(name)), { recursive: true });
  }
  console.log(`the logs and the screen are in ${kept}`);
}
