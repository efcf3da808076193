import { spawn } from "node:child_process";

/** What went wrong, in a sentence for the user. */
export class Failure extends Error {}

export interface RunOptions {
  cwd: string;
  /** On top of the editor's own variables. */
  env?: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Gets each line of what is printed, on both streams. */
  line?: (text: string) => void;
}

export interface Outcome {
  status: number | null;
  output: string;
}

/** Runs a program to its end, without a shell. Rejects where it cannot be started, and with AbortError once the signal
 * has ended it. */
export function run(command: readonly string[], options: RunOptions): Promise<Outcome> {
  const [program = "", ...args] = command;
  const { cwd, signal } = options;
  const env = { ...plainVariables(), ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, signal, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output += text;
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop() ?? "";
        lines.forEach((line) => options.line?.(line));
      });
      stream.on("end", () => rest && options.line?.(rest));
    }
    let failure: Error | undefined;
    child.on("error", (error) => {
      failure = error;
      if (child.pid === undefined) {
        reject(error); // it never ran, and need not close
      }
    });
    child.on("close", (status) => (failure ? reject(failure) : resolve({ status, output })));
  });
}

/** The editor's variables without those that lead Python or pip elsewhere. */
function plainVariables(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PYTHON|PIP_|__PYVENV_LAUNCHER__$)/i.test(name));
  return { ...Object.fromEntries(kept), PYTHONUTF8: "1", PYTHONNOUSERSITE: "1" };
}
