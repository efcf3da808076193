/* The page that shows this VS Code: for what no API tells, such as the status bar, messages and lists. */
import type { Request } from "../harness/request";
import { until } from "./wait";

async function ask(request: Request): Promise<unknown> {
  const answer = await fetch(String(process.env["XDP_LSP_TEST_SCREEN"]), { method: "POST", body: JSON.stringify(request) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** What is written in each element that `selector` (Playwright's) finds, of those that are there now. */
export async function texts(selector: string): Promise<string[]> {
  return ((await ask({ do: "texts", selector })) as string[]).map((text) => text.replaceAll("\u00a0", " ").trim());
}

/** The first such text that `wanted` is in, once there is one. */
export function shown(selector: string, wanted: RegExp): Promise<string> {
  return until(`${wanted} in ${selector}`, async () => {
    const all = await texts(selector);
    return all.find((text) => wanted.test(text)) ?? Promise.reject(new Error(`there is ${JSON.stringify(all)}`));
  });
}

export const click = (selector: string): Promise<unknown> => ask({ do: "click", selector });
export const press = (keys: string): Promise<unknown> => ask({ do: "press", keys });
export const type = (text: string): Promise<unknown> => ask({ do: "type", text });

export const STATUS = '.statusbar-item[id^="xdp-lsp"]';
/** In the list of messages, which `notifications.showList` opens: a window that is driven by tests shows them nowhere else. */
export const MESSAGE = ".notifications-center .notification-list-item";
export const LIST = ".quick-input-widget";
export const ROW = `${LIST} .monaco-list-row`;
