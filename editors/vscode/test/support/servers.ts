/* The language servers of this window: each start of `xdp-lsp` is written down by the script that the driver puts on PATH. */
import * as fs from "node:fs";

/** That script, whether it is on PATH or not. */
export const SERVER = String(process.env["XDP_LSP_TEST_SERVER"]);

export interface Start {
  pid: number;
  args: string;
}

/** Every `xdp-lsp` that was started, in order, whether it runs still or not. */
export function starts(): Start[] {
  const file = String(process.env["XDP_LSP_TEST_STARTS"]);
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [pid, ...args] = line.split(" ");
    return { pid: Number(pid), args: args.join(" ") };
  });
}

/** The servers that run now. */
export function servers(): number[] {
  return starts()
    .filter(({ pid, args }) => args.startsWith("serve") && isAlive(pid))
    .map(({ pid }) => pid);
}

export function isAlive(pid: number): boolean {
  try {
    // Its state follows its name, which is in parentheses; a zombie has ended.
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
