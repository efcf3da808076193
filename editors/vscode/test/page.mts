/* Walks through VS Code as a user does, in the page, with mouse and keys, and keeps what was seen:
 *
 *     node test/page.mts [--code CODE]
 *
 * Fails where something that must be seen does not appear. The screens are in build/screenshots. What can be asked inside
 * the extension host is tested there: run.mts.
 */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import type { Locator, Page } from "playwright-core";
import { startBrowser } from "./harness/browser.mts";
import { environmentOf, makeHome, makeWorkspace } from "./harness/home.mts";
import { DEFAULTS, type Options } from "./harness/options.mts";
import { REPOSITORY } from "./harness/paths.mts";
import { Server } from "./harness/server.mts";
import { servers } from "./support/servers.ts";
import { until } from "./support/wait.ts";

const { values } = parseArgs({ options: { code: { type: "string", default: "code" } } });

const OPTIONS: Options = {
  ...DEFAULTS,
  workspace: "",
  settings: {
    "breadcrumbs.enabled": false,
    "editor.fontFamily": "DejaVu Sans Mono",
    "editor.minimap.enabled": false,
    "editor.fontSize": 13,
    "editor.occurrencesHighlight": "off",
    "editor.scrollBeyondLastLine": false,
    "editor.stickyScroll.enabled": false,
    "window.commandCenter": false,
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": false,
    "workbench.navigationControl.enabled": false,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
  },
};
const LIMIT_MS = 30_000;

class Walk {
  readonly #page: Page;
  readonly #folder: string;

  constructor(page: Page, folder: string) {
    this.#page = page;
    this.#folder = folder;
    page.setDefaultTimeout(LIMIT_MS);
  }

  /** The first element of `selector` that has `text` in it, once it can be seen. */
  async see(selector: string, text: string | RegExp = ""): Promise<Locator> {
    // An editor's spaces are not to be broken.
    const spaced = text instanceof RegExp ? new RegExp(text.source.replaceAll(" ", "\\s"), text.flags) : text;
    const found = this.#page.locator(selector, { hasText: spaced }).first();
    await found.waitFor({ state: "visible" });
    console.log(`saw ${selector} ${text}`);
    return found;
  }

  /** Asks for code actions until their menu stays: one that is open as the light bulb comes closes again. */
  async menuOfActions(text: RegExp): Promise<void> {
    const end = Date.now() + LIMIT_MS;
    const menu = this.#page.locator(".action-widget", { hasText: text });
    for (;;) {
      await this.press("Control+.");
      try {
        return await menu.waitFor({ state: "visible", timeout: LIMIT_MS / 5 });
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  async gone(selector: string): Promise<void> {
    await this.#page.locator(selector).first().waitFor({ state: "hidden" });
  }

  async keep(name: string): Promise<void> {
    await this.#page.screenshot({ path: path.join(this.#folder, `${name}.png`), animations: "disabled", caret: "hide" });
  }

  async press(keys: string): Promise<void> {
    await this.#page.keyboard.press(keys);
  }

  /** Runs a command by its name in the palette. */
  async command(title: string): Promise<void> {
    await this.press("F1");
    await this.see(".quick-input-widget input");
    await this.#page.keyboard.type(title);
    await (await this.see(".quick-input-list .monaco-list-row", title)).click();
  }

  /** Puts the cursor at a line and column, counted from 1. */
  async goTo(place: string): Promise<void> {
    await this.press("Control+g");
    await this.see(".quick-input-widget input");
    await this.#page.keyboard.type(place);
    await this.press("Enter");
    await this.gone(".quick-input-widget");
  }
}

async function walk(page: Page, folder: string): Promise<void> {
  const user = new Walk(page, folder);
  const status = '.statusbar-item[id^="xdp-lsp"]';

  await (await user.see(".explorer-folders-view .monaco-list-row", "gue_encap.c")).dblclick();
  await user.see(".editor-instance .view-lines", "Generic UDP encapsulation");
  await user.see(status, "short by 24");
  await user.press("Control+b"); // the side bar, which leaves the editor its room
  await user.goTo("48:1");
  await user.see(".squiggly-warning");
  await user.see(".codelens-decoration", /needs 176 of 152 B · fits 18 of 22 targets/);
  await user.see(".view-line", /prepends 52\.\.176, short by 24/);
  await user.keep("opened");

  const call = page.locator(".view-line", { hasText: "bpf_xdp_adjust_head" }).locator("span", { hasText: /^bpf_xdp_adjust_head$/ });
  await call.first().hover();
  await user.see(".monaco-hover", "prepends 52..176 bytes; short by 24");
  const picture = await user.see('.monaco-hover img[src^="data:image/svg"]');
  const width = await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth);
  assert.ok(width > 100, `the picture in the hover is ${width} wide`);
  await user.keep("hover");
  await user.press("Escape");

  await user.goTo("58:34");
  await user.menuOfActions(/Lower the limit of opt_len/);
  await user.keep("actions");
  await user.press("Escape");

  await user.press("Control+Shift+m");
  await user.see(".markers-panel", /may prepend up to 176 bytes here/);
  await user.keep("problems");
  await user.press("Control+Shift+m");

  await (await user.see(status)).click();
  await user.see(".quick-input-list .monaco-list-row", /ice.*short by 24/s);
  await user.keep("targets");
  await user.press("Escape");

  await user.command("XDP: Choose Targets");
  await user.see(".quick-input-list .monaco-list-row", /mainstream.*22 targets, portable 152/);
  await user.keep("choose");
  await page.keyboard.type("mlx5_core");
  await (await user.see(".quick-input-list .monaco-list-row", "mlx5_core")).click();
  await user.press("Enter");
  await user.see(status, /fits/);
  await user.keep("chosen");
  await user.command("XDP: Choose Targets");
  await (await user.see(".quick-input-list .monaco-list-row", "As configured")).click();
  await user.press("Enter");
  await user.see(status, "short by 24");

  await user.goTo("58:9");
  await user.command("XDP: Show Bytecode Beside");
  await user.see(".editor-instance .view-lines", /call bpf_xdp_adjust_head/);
  await user.keep("bytecode");

  const before = servers();
  assert.equal(before.length, 1);
  await page.reload();
  await user.see(status, "short by 24");
  const ended = () => !servers().some((server) => before.includes(server)) || undefined;
  await until("the end of the server of the window that was there before", ended);
  assert.equal(servers().length, 1);
}

const folder = path.join(REPOSITORY, "build", "screenshots");
fs.mkdirSync(folder, { recursive: true });
const home = makeHome();
const workspace = makeWorkspace(home, OPTIONS);
const environment = environmentOf(home, OPTIONS);
process.env["XDP_LSP_TEST_STARTS"] = environment["XDP_LSP_TEST_STARTS"];
const server = await Server.start(values.code, home, workspace, OPTIONS, environment);
const browser = await startBrowser(home, { width: 1200, height: 760, scale: 1 });
const page = browser.pages()[0] ?? (await browser.newPage());
try {
  await page.goto(`${server.address}/?${new URLSearchParams({ folder: workspace })}`);
  await walk(page, folder);
} catch (error) {
  await page.screenshot({ path: path.join(folder, "failed.png") });
  throw error;
} finally {
  await browser.close();
  await server.stop();
  fs.rmSync(home, { recursive: true, force: true });
}
