import { Failure, Outcome, RunOptions, run } from "./run";

/** The oldest Python that the server runs on, as in its pyproject.toml. */
const OLDEST: readonly [number, number] = [3, 10];

export interface Python {
  /** What starts it: a program, with arguments where it is a launcher. */
  command: readonly string[];
  version: string;
}

/** The first Python that will do: `preferred`, else of PATH. A Failure says what there is instead. */
export async function findPython(preferred: string | undefined, options: RunOptions): Promise<Python> {
  const tooOld: string[] = [];
  for (const command of [...(preferred ? [[preferred]] : []), ...candidates()]) {
    const version = await versionOf(command, options);
    if (version === undefined) {
      continue;
    }
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
      return { command, version };
    }
    tooOld.push(`${command.join(" ")} is ${version}`);
  }
  const found = tooOld.length ? tooOld.join(", ") : "there is none on PATH";
  throw new Failure(`The server needs Python ${OLDEST.join(".")} or later: ${found}.`);
}

/** Where a distribution's own is older, later ones have their version in the name. */
function candidates(): string[][] {
  const numbered = [14, 13, 12, 11, 10].map((minor) => [`python3.${minor}`]);
  return [...(process.platform === "win32" ? [["py", "-3"]] : []), ["python3"], ["python"], ...numbered];
}

async function versionOf(command: readonly string[], options: RunOptions): Promise<string | undefined> {
  const script = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
  let outcome: Outcome;
  try {
    outcome = await run([...command, "-c", script], { ...options, line: () => undefined });
  } catch (error) {
    if (options.signal.aborted) {
      throw error;
    }
    return undefined; // there is none of that name
  }
  return outcome.status === 0 ? outcome.output.trim() : undefined;
}
