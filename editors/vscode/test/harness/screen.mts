import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import type { Request } from "./request.ts";

const LIMIT_MS = 5_000;

/** Lets the tests in the extension host see and use the page: a server of HTTP at `address`. */
export class Screen {
  readonly address: string;
  readonly #server: http.Server;

  private constructor(server: http.Server) {
    this.#server = server;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(page: Page): Promise<Screen> {
    const server = http.createServer(async (request, response) => {
      try {
        const answer = await act(page, JSON.parse(await text(request)) as Request);
        response.end(JSON.stringify(answer ?? null));
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Screen(server);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function act(page: Page, request: Request): Promise<unknown> {
  switch (request.do) {
    case "texts":
      return page.locator(request.selector).allInnerTexts();
    case "click":
      return page.locator(request.selector).click({ timeout: LIMIT_MS });
    case "press":
      return page.keyboard.press(request.keys);
    case "type":
      return page.keyboard.type(request.text);
  }
}
