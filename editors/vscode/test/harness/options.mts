import * as fs from "node:fs";
import * as path from "node:path";
import { EXTENSION } from "./paths.mts";

/** What a suite asks of its window; run.mts describes each. */
export interface Options {
  workspace: string;
  files: string[];
  settings: Record<string, unknown>;
  trusted: boolean;
  extension: boolean;
  path: boolean;
}

export const DEFAULTS: Options = {
  workspace: "plain",
  files: ["examples/gue_encap.c"],
  settings: {},
  trusted: true,
  extension: true,
  path: true,
};

export function optionsOf(suite: string): Options {
  const file = path.join(EXTENSION, "test", "suite", `${suite}.json`);
  const own = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Options>) : {};
  for (const key of Object.keys(own)) {
    if (!(key in DEFAULTS)) throw new Error(`${file}: there is no option ${key}`);
  }
  return { ...DEFAULTS, ...own };
}
