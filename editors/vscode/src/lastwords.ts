// What a server says on stderr: all of it goes to the log, and the last line tells why it did not start.
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { within } from "./server";

const LIMIT = 1_000; // ms for a process that has ended to be heard to its end

export class LastWords {
  private last = "";
  private ended: Promise<unknown> = Promise.resolve();

  /** Hears another process. */
  listen(stderr: Readable, log: (line: string) => void): void {
    this.last = "";
    const lines = createInterface({ input: stderr }).on("line", (line) => {
      log(line);
      this.last = line.trim() || this.last;
    });
    this.ended = once(lines, "close");
  }

  /** Its last line, as a clause without a full stop; empty where it said nothing. */
  async heard(): Promise<string> {
    await within(LIMIT, this.ended);
    return this.last.replace(/\.$/, "");
  }
}
