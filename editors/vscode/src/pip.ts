import { mkdtemp, readdir, rm } from "node:fs/promises";
import { devNull } from "node:os";
import * as path from "node:path";
import { Failure, Outcome, RunOptions, run } from "./run";

/** What the server works without, less well: `libclang` finds expressions, `clang` is a compiler with the BPF target. */
export type Extra = "libclang" | "clang";

const PLAIN = ["--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--no-color"];

/** The pip that the extension carries, for one environment. */
export class Pip {
  private constructor(
    private readonly command: readonly string[],
    private readonly bundle: string,
    private readonly options: RunOptions,
  ) {}

  static async of(python: string, bundle: string, options: RunOptions): Promise<Pip> {
    const wheel = (await readdir(bundle)).find((file) => /^pip-.*\.whl$/.test(file));
    if (wheel === undefined) {
      throw new Failure("This copy of the extension carries no pip.");
    }
    // A wheel of pip can be run as it is.
    return new Pip([python, path.join(bundle, wheel, "pip")], bundle, options);
  }

  /** The server and its dependencies, each wheel held against its hash. */
  installServer(): Promise<Outcome> {
    return this.install(this.bundle, "server", ["--require-hashes"]);
  }

  /**
   * An extra from the package index, which is reached in the way in which the user's pip is set up to reach it. What
   * that says of where to install is of no use here: so it is downloaded first, and installed from there.
   */
  async installExtra(extra: Extra, proxy: string | undefined, report: (text: string) => void): Promise<Outcome> {
    let size = "";
    const line = (text: string): void => {
      const [, done, all] = /^Progress (\d+) of (\d+)$/.exec(text) ?? [];
      if (done !== undefined) {
        report(`downloading ${size}: ${Math.floor((100 * Number(done)) / Math.max(Number(all), 1))} %`);
        return;
      }
      size = /^\s*Downloading .*\((.+)\)$/.exec(text)?.[1] ?? size;
      this.options.line?.(text);
    };
    const wheels = await mkdtemp(path.join(this.options.cwd, "wheels-"));
    try {
      const where = ["--progress-bar", "raw", "--dest", wheels, "-r", path.join(this.bundle, `${extra}.txt`)];
      const download = [...this.command, "download", ...PLAIN, ...where];
      const outcome = await run(download, { ...this.options, env: indexVariables(proxy), line });
      if (outcome.status !== 0) {
        return outcome;
      }
      report("unpacking");
      return await this.install(wheels, extra, []);
    } finally {
      await rm(wheels, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** Out of a folder, without the user's configuration. */
  private install(wheels: string, name: "server" | Extra, more: readonly string[]): Promise<Outcome> {
    const alone = ["--isolated", "--no-index", "--find-links", wheels, "--no-cache-dir", "--no-warn-script-location"];
    const requirements = ["-r", path.join(this.bundle, `${name}.txt`)];
    const command = [...this.command, "install", ...PLAIN, ...alone, ...more, ...requirements];
    return run(command, { ...this.options, env: { PIP_CONFIG_FILE: devNull } });
  }
}

const INDEX =
  /^PIP_(EXTRA_INDEX_URL|INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|TIMEOUT|DEFAULT_TIMEOUT|RETRIES|CACHE_DIR|NO_CACHE_DIR|CONFIG_FILE|KEYRING_PROVIDER|USE_FEATURE|USE_DEPRECATED)$/;

/** The variables that say how an index is reached. `proxy` is the editor's, for where they name none. */
function indexVariables(proxy: string | undefined): NodeJS.ProcessEnv {
  const all = Object.entries(process.env);
  const isNamed = all.some(([name, value]) => value && /^(HTTPS_PROXY|ALL_PROXY)$/i.test(name));
  return {
    PIP_RETRIES: "1", // without a network, a second try tells enough
    ...(proxy && !isNamed ? { PIP_PROXY: proxy } : {}),
    ...Object.fromEntries(all.filter(([name]) => INDEX.test(name))),
  };
}
