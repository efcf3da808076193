/* What the extension host runs: mocha over the suite that the driver names in its environment. */
import { format } from "node:util";
import Mocha from "mocha";
import { MARK } from "./mark.mts";

const LIMIT_MS = 120_000;

export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true);
  const file = process.env["XDP_LSP_TEST_SUITE"];
  if (!file) throw new Error("XDP_LSP_TEST_SUITE names no suite");
  Mocha.reporters.Base.consoleLog = (...parts: unknown[]) => console.log(MARK + format(...parts));
  const mocha = new Mocha({ ui: "tdd", timeout: 45_000, slow: 5_000, color: false, reporter: "spec" });
  mocha.addFile(file);
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    // Before the driver loses patience, so that it is said what failed.
    setTimeout(() => runner.abort(), LIMIT_MS).unref();
  });
  if (failures > 0) throw new Error(`${failures} of the tests failed`);
}
