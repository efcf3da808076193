/* Makes the images of the README and the walkthrough, of a real VS Code on examples/gue_encap.c, and of the icon:
 *
 *     node test/screenshots.mts [--code CODE] [--to FOLDER] [NAME...]
 *
 * by itself all of them into images/. CODE is VS Code's executable (code-server); dist/xdp-lsp.vsix is built, `xdp-lsp` is
 * on PATH. Look at each before it is committed.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import type { Locator, Page } from "playwright-core";
import { startBrowser } from "./harness/browser.mts";
import { environmentOf, makeHome, makeWorkspace } from "./harness/home.mts";
import { DEFAULTS } from "./harness/options.mts";
import { EXTENSION } from "./harness/paths.mts";
import { Server } from "./harness/server.mts";

const EXAMPLE = "gue_encap.c";
const HEIGHT = 1040; // of a window at first: all that is to be seen has room
const LIMIT = 60_000; // ms for whatever must appear

/** Only what is looked at: no bars, no panels, no hints of the editor itself. */
const SETTINGS = {
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.activityBar.location": "hidden",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.layoutControl.enabled": false,
  "workbench.editor.showTabs": "single",
  "workbench.editor.empty.hint": "hidden",
  "window.commandCenter": false,
  "window.menuBarVisibility": "hidden",
  "breadcrumbs.enabled": false,
  "editor.minimap.enabled": false,
  "editor.stickyScroll.enabled": false,
  "editor.fontSize": 13,
  "editor.tabSize": 8,
  "editor.inlayHints.enabled": "onUnlessPressed",
  "editor.detectIndentation": false,
  "editor.matchBrackets": "never",
  "editor.bracketPairColorization.enabled": false,
  "editor.renderLineHighlight": "none",
  "remote.autoForwardPorts": false,
  "editor.guides.indentation": false,
  "editor.occurrencesHighlight": "off",
  "editor.scrollbar.vertical": "hidden",
  "editor.scrollbar.horizontal": "hidden",
  "editor.overviewRulerBorder": false,
  "editor.hideCursorInOverviewRuler": true,
};

/** What code-server has in the status bar of its own. */
const UNRELATED = ["status.host", "status.forwardedPorts", "status.editor.keyboardLayout", "status.notifications"];

/** Lines that are wanted at the top of the editor, each with the key that scrolls there. */
const TOPS: Record<number, string> = { 35: "Control+Alt+1", 38: "Control+Alt+2", 51: "Control+Alt+3" };
const KEYBINDINGS = Object.entries(TOPS).map(([line, key]) => ({
  key: key.replace("Control", "ctrl").toLowerCase(),
  command: "revealLine",
  args: { lineNumber: Number(line) - 1, at: "top" },
}));

interface Shot {
  width: number;
  /** Brings the page to what is to be seen; gives the part of it that is, by itself all. */
  pose(page: Page): Promise<Rectangle | void>;
  /** Without a server on PATH. */
  bare?: true;
}

type Rectangle = { x: number; y: number; width: number; height: number };

const SHOTS: Record<string, Shot> = {
  finding: {
    width: 1240,
    async pose(page) {
      await open(page, "49:1", 35);
      await lower(page, 640);
    },
  },
  hover: {
    width: 1240,
    async pose(page) {
      await open(page, "58:10", 38);
      await page.keyboard.press("Control+k");
      await page.keyboard.press("Control+i");
      const hover = page.locator(".monaco-hover", { hasText: "prepends" });
      await hover.waitFor();
      await enlarge(page, hover);
      const { y } = (await hover.boundingBox())!;
      const above = Math.max(...(await lines(page)).map((line) => line.y + line.height).filter((each) => each <= y + 2));
      const last = (await page.locator(".view-line", { hasText: "XDP_TX" }).boundingBox())!;
      return { x: 0, y: above - last.height, width: 1240, height: last.y - above + last.height };
    },
  },
  fixes: {
    width: 1240,
    async pose(page) {
      await open(page, "58:40", 51);
      await lower(page, 480);
      await page.keyboard.press("Control+.");
      await page.locator(".action-widget .action-item, .action-widget .monaco-list-row").first().waitFor();
    },
  },
  targets: {
    width: 1240,
    async pose(page) {
      await open(page, "49:1", 35);
      await lower(page, 560);
      await command(page, "XDP: Choose Targets");
      await page.locator(".quick-input-list .monaco-list-row", { hasText: "mainstream" }).first().waitFor();
    },
  },
  bytecode: {
    width: 1900,
    async pose(page) {
      await open(page, "58:10", 51);
      await lower(page, 560);
      await command(page, "XDP: Show Bytecode Beside");
      await page.locator(".view-line", { hasText: "call bpf_xdp_adjust_head" }).waitFor();
      await page.locator(".view-line .mtkb", { hasText: "call" }).waitFor(); // colours come last
      await page.keyboard.down("Control"); // hides the hints, for which there is no room
      await page.keyboard.down("Alt");
      await page.locator(".view-line", { hasText: "prepends" }).waitFor({ state: "detached" });
    },
  },
  install: {
    width: 1240,
    bare: true,
    async pose(page) {
      await show(page, "49:1", 35);
      await page.locator(".notification-toast", { hasText: "not installed" }).waitFor();
      await lower(page, 480);
    },
  },
};

/** The example, once all is shown that the server says of it: the cursor at `place`, the line `top` first. */
async function open(page: Page, place: string, top: number): Promise<void> {
  await show(page, "49:1", 35);
  await page.locator(".squiggly-warning").first().waitFor();
  await page.locator(".view-line", { hasText: /prepends/ }).first().waitFor();
  await page.locator(".codelens-decoration", { hasText: "176" }).first().waitFor(); // it pushes the lines down
  await show(page, place, top);
}

async function show(page: Page, place: string, top: number): Promise<void> {
  await page.keyboard.press("Control+p");
  await page.locator(".quick-input-widget input").fill(`${EXAMPLE}:${place}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: EXAMPLE }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".view-line", { hasText: "bpf_xdp_adjust_head" }).waitFor();
  await page.keyboard.press(TOPS[top]!);
}

/** Draws the upper edge of a hover up until it shows all that it says of the call, down to the rule before the helper. */
async function enlarge(page: Page, hover: Locator): Promise<void> {
  const { x, y, width, height } = (await hover.boundingBox())!;
  const rule = (await hover.locator("hr").first().boundingBox())!;
  const top = y + height - (rule.y - y) + 8; // the text after it begins above it
  await page.mouse.move(x + width / 2, y + 20);
  await page.mouse.move(x + width / 2, y, { steps: 5 });
  await page.mouse.down();
  await page.mouse.move(x + width / 2, top, { steps: 10 });
  await page.mouse.up();
  await page.mouse.move(x + width / 2, y);
}

/** Makes the window lower, `height` or less, so that no line is cut at its bottom. */
async function lower(page: Page, height: number): Promise<void> {
  const bottom = await resize(page, height);
  const cut = (await lines(page)).find((line) => line.y < bottom && line.y + line.height > bottom);
  if (cut) await resize(page, Math.round(height - (bottom - cut.y)));
}

/** Gives the window its height; where the text ends then, once the editor has followed. */
async function resize(page: Page, height: number): Promise<number> {
  await page.setViewportSize({ width: page.viewportSize()!.width, height });
  const bottom = await page.waitForFunction(() => {
    const end = document.querySelector(".editor-instance .monaco-editor")?.getBoundingClientRect().bottom;
    return end !== undefined && end < window.innerHeight && end;
  });
  return Number(await bottom.jsonValue());
}

/** Where the lines of text are, all at one moment: the editor draws them anew as its size changes. */
function lines(page: Page): Promise<Rectangle[]> {
  return page.locator(".view-line").evaluateAll((all) => all.map((line) => line.getBoundingClientRect().toJSON() as Rectangle));
}

async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
  await page.keyboard.press("Enter");
}

/** The shots `names`, in one VS Code; a window each. */
async function take(names: string[], hasServer: boolean, code: string, to: string): Promise<void> {
  const home = makeHome();
  const options = { ...DEFAULTS, workspace: "", settings: SETTINGS, path: hasServer };
  const folder = makeWorkspace(home, options);
  const user = path.join(home, "data", "User");
  fs.mkdirSync(user, { recursive: true });
  fs.writeFileSync(path.join(user, "keybindings.json"), JSON.stringify(KEYBINDINGS));
  const server = await Server.start(code, home, folder, options, environmentOf(home, options));
  const browser = await startBrowser(home, { width: 1240, height: HEIGHT, scale: 2 });
  try {
    for (const name of names) {
      const page = await browser.newPage();
      page.setDefaultTimeout(LIMIT);
      await page.setViewportSize({ width: SHOTS[name]!.width, height: HEIGHT });
      await page.goto(`${server.address}/?${new URLSearchParams({ folder })}`);
      await page.locator(".monaco-workbench .part.editor").waitFor();
      await page.addStyleTag({ content: UNRELATED.map((id) => `[id="${id}"] { display: none !important }`).join("") });
      if (await page.locator(".part.sidebar").isVisible()) await page.keyboard.press("Control+b");
      const file = path.join(to, `${name}.png`);
      try {
        const clip = await SHOTS[name]!.pose(page);
        await page.screenshot({ path: file, animations: "disabled", ...(clip ? { clip } : {}) });
      } catch (error) {
        await page.screenshot({ path: file });
        throw error;
      } finally {
        await page.close();
      }
      console.log(file);
    }
  } finally {
    await browser.close();
    await server.stop();
    fs.rmSync(home, { recursive: true, force: true });
  }
}

async function icon(to: string): Promise<void> {
  const home = makeHome();
  const browser = await startBrowser(home, { width: 256, height: 256, scale: 1 });
  const page = browser.pages()[0] ?? (await browser.newPage());
  const drawing = fs.readFileSync(path.join(EXTENSION, "images", "icon.svg"), "utf8");
  await page.setContent(`<body style="margin: 0">${drawing}</body>`);
  await page.locator("svg").screenshot({ path: path.join(to, "icon.png"), omitBackground: true });
  await browser.close();
  fs.rmSync(home, { recursive: true, force: true });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    code: { type: "string", default: "code" },
    to: { type: "string", default: path.join(EXTENSION, "images") },
  },
});
const chosen = positionals.length ? positionals : [...Object.keys(SHOTS), "icon"];
const shots = chosen.filter((name) => name in SHOTS);
for (const bare of [false, true]) {
  const names = shots.filter((name) => (SHOTS[name]!.bare ?? false) === bare);
  if (names.length) await take(names, !bare, values.code, values.to);
}
if (chosen.includes("icon")) await icon(values.to);
process.exit(0);
