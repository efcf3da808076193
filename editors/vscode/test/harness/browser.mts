import * as path from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { MARK } from "./mark.mts";

export interface Screen {
  width: number;
  height: number;
  scale: number;
}

/** Debian's chromium with a profile of its own in `home`. */
export function startBrowser(home: string, screen: Screen = { width: 1280, height: 800, scale: 1 }): Promise<BrowserContext> {
  return chromium.launchPersistentContext(path.join(home, "profile"), {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    viewport: { width: screen.width, height: screen.height },
    deviceScaleFactor: screen.scale,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

/** What a run of tests inside the extension host came to. */
export type Outcome = "passed" | "failed";

/**
 * Opens the page so that VS Code runs the tests `tests` (a CommonJS module with `run`) in its extension host, and
 * waits for their end. What they print goes to `print`.
 */
export async function openTests(
  page: Page,
  address: string,
  folder: string,
  tests: string,
  print: (text: string) => void,
): Promise<Outcome> {
  const remote = `vscode-remote://${new URL(address).host}`;
  const payload = [
    ["extensionDevelopmentPath", remote + path.dirname(tests)],
    ["extensionTestsPath", remote + tests],
  ];
  const outcome = new Promise<Outcome>((resolve) => {
    void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code === 0 ? "passed" : "failed"));
  });
  await page.exposeFunction("codeAutomationLog", (_type: string, parts: unknown[]) => {
    const text = parts.map(String).join(" ");
    if (text.startsWith(MARK)) print(text.slice(MARK.length));
  });
  await page.addInitScript(declareForTests);
  await page.goto(`${address}/?${new URLSearchParams({ folder, payload: JSON.stringify(payload) })}`);
  return outcome;
}

/** In the page: a window heeds the payload only where its configuration says that it is there to be tested. */
function declareForTests(): void {
  new MutationObserver((_changes, observer) => {
    const element = document.getElementById("vscode-workbench-web-configuration");
    if (!element) return;
    observer.disconnect();
    const configuration = JSON.parse(element.dataset["settings"] ?? "{}") as Record<string, unknown>;
    configuration["developmentOptions"] = { enableSmokeTestDriver: true };
    element.dataset["settings"] = JSON.stringify(configuration);
  }).observe(document, { childList: true, subtree: true });
}
