import * as path from "node:path";
import * as esbuild from "esbuild";
import { BUNDLES, EXTENSION } from "./paths.mts";

/** Each suite as one file that the extension host can load, BUNDLES/SUITE.js, and the host's side of the harness. */
export async function bundle(suites: string[]): Promise<void> {
  const test = path.join(EXTENSION, "test");
  await esbuild.build({
    entryPoints: [
      ...suites.map((name) => ({ in: path.join(test, "suite", `${name}.test.ts`), out: name })),
      { in: path.join(test, "harness", "host.mts"), out: "host" },
    ],
    outdir: BUNDLES,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
  });
}
