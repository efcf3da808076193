// Finds a server: where it may be, in order, and whether what is there is one.
import { PythonExtension } from "@vscode/python-extension";
import { execFile } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import { homedir } from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { install, installed, isOutdated } from "./install";
import { textSetting } from "./settings";
import { isOfRestrictedFolder, isRestricted, searchedFolders } from "./trust";

/** The oldest server that speaks what this extension does. */
const LEAST_VERSION = "0.1.0";

const ANSWER_LIMIT = 15_000; // ms for a Python to start and to say its version
const PYTHON_LIMIT = 10_000; // ms for the Python extension to name an environment

type Origin = "setting" | "python" | "path" | "private";

/** A way to start a server: `command` is an absolute path, `label` names it in messages. */
export interface Candidate {
  from: Origin;
  label: string;
  command: string;
  args: string[];
}

export interface Found extends Candidate {
  version: string;
}

/** `reasons` are clauses for the user: why what is there cannot be used. None: nothing is there. `isNamed`: it is what
 * the user named, so that nothing else was looked for. */
export interface NotFound {
  reasons: string[];
  isNamed: boolean;
}

interface Place {
  from: Origin;
  find(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Candidate | undefined>;
}

/** What is wrong with a candidate, as a clause; `isAbsent` where there is merely no server. */
class Refusal extends Error {
  constructor(
    message: string,
    readonly isAbsent = false,
  ) {
    super(message);
  }
}

const PLACES: readonly Place[] = [
  { from: "setting", find: fromSetting },
  { from: "python", find: fromPythonExtension },
  { from: "path", find: fromPath },
  { from: "private", find: fromPrivateEnvironment },
];

/** The first server that can be used. One that the user named is the only one that is tried. */
export async function findServer(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<Found | NotFound> {
  const reasons: string[] = [];
  for (const place of PLACES) {
    try {
      const candidate = await place.find(context, log);
      if (candidate !== undefined) {
        const version = await versionOf(candidate);
        log.info(`server: ${candidate.label}, version ${version} (${place.from})`);
        return { ...candidate, version };
      }
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(String(error));
      log.info(`server: ${refusal.message} (${place.from})`);
      if (!refusal.isAbsent) {
        reasons.push(refusal.message);
      }
      if (place.from === "setting") {
        return { reasons, isNamed: true };
      }
    }
  }
  return { reasons, isNamed: false };
}

async function fromSetting(): Promise<Candidate | undefined> {
  const given = textSetting("server");
  if (given === undefined) {
    return undefined;
  }
  const named = given.replace(/^~(?=[/\\])/, homedir());
  const isCommand = path.basename(named) === named;
  if (!isCommand && !path.isAbsolute(named)) {
    throw new Refusal(`the setting xdp-lsp.server is "${given}": write a command or an absolute path`);
  }
  const command = isCommand ? await onPath(named) : named;
  if (command === undefined || !(await isExecutable(command))) {
    const where = isCommand ? "not on PATH" : "no file that can be run";
    throw new Refusal(`the setting xdp-lsp.server is "${given}", which is ${where}`);
  }
  if (await isOfRestrictedFolder(command)) {
    throw new Refusal(`the setting xdp-lsp.server is "${given}", which is in a folder that is not trusted`);
  }
  return { from: "setting", label: command, command, args: [] };
}

async function fromPythonExtension(): Promise<Candidate | undefined> {
  const python = await chosenPython();
  return python === undefined ? undefined : module("python", python);
}

/** The Python that is chosen in the Python extension, where there is that and the folder, which may have chosen it, is
 * trusted. */
export async function chosenPython(): Promise<string | undefined> {
  const isAsked = !isRestricted() && vscode.extensions.getExtension("ms-python.python") !== undefined;
  return isAsked ? within(PYTHON_LIMIT, askForPython()) : undefined;
}

async function askForPython(): Promise<string | undefined> {
  const { environments } = await PythonExtension.api();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder));
  return chosen?.executable.uri?.fsPath;
}

/** Calls `act` when another environment is chosen in the Python extension, where there is that. */
export async function onDidChangePython(act: () => void): Promise<vscode.Disposable | undefined> {
  if (vscode.extensions.getExtension("ms-python.python") === undefined) {
    return undefined;
  }
  const api = await within(PYTHON_LIMIT, PythonExtension.api());
  return api?.environments.onDidChangeActiveEnvironmentPath(act);
}

async function fromPath(): Promise<Candidate | undefined> {
  const command = await onPath("xdp-lsp");
  return command === undefined ? undefined : { from: "path", label: command, command, args: [] };
}

async function fromPrivateEnvironment(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<Candidate | undefined> {
  const isToBeRenewed = await isOutdated(context);
  const python = isToBeRenewed
    ? await install(context, log, await chosenPython().catch(() => undefined))
    : await installed(context);
  return python === undefined ? undefined : module("private", python);
}

/** The package in the environment of `python`. Isolated: `python -m` alone takes a module of that name from the
 * folder that it is started in, which is the workspace. */
function module(from: Origin, python: string): Candidate {
  return { from, label: `${python} -m xdp_lsp`, command: python, args: ["-I", "-m", "xdp_lsp"] };
}

/** The executable that `name` means. */
async function onPath(name: string): Promise<string | undefined> {
  const suffixes = process.platform === "win32" ? [".exe"] : [""];
  for (const folder of await searchedFolders()) {
    for (const suffix of suffixes) {
      const candidate = path.join(folder, name + suffix);
      if ((await isExecutable(candidate)) && !(await isOfRestrictedFolder(candidate))) {
        return candidate;
      }
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** The version that `candidate` says it is of, where it is new enough. Throws a Refusal. */
async function versionOf(candidate: Candidate): Promise<string> {
  const said = await answer(candidate);
  const version = /^xdp-lsp (\d+(?:\.\d+)*)/.exec(said)?.[1];
  if (version === undefined) {
    throw new Refusal(`${candidate.label} is something else: it says "${said.trim().slice(0, 80)}"`);
  }
  if (isOlder(version, LEAST_VERSION)) {
    throw new Refusal(`${candidate.label} is version ${version}, too old: ${LEAST_VERSION} is the least`);
  }
  return version;
}

function answer(candidate: Candidate): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_LIMIT, killSignal: "SIGKILL", windowsHide: true } as const;
    execFile(candidate.command, [...candidate.args, "--version"], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else if (/No module named '?xdp_lsp/.test(stderr)) {
        reject(new Refusal(`${candidate.label}: no such module`, true));
      } else if (error.killed) {
        reject(new Refusal(`${candidate.label} does not answer within ${ANSWER_LIMIT / 1000} s`));
      } else {
        const why = stderr.trim().split("\n").at(-1) || error.message;
        reject(new Refusal(`${candidate.label} does not start: ${why}`));
      }
    });
  });
}

function isOlder(version: string, least: string): boolean {
  return version.localeCompare(least, "en", { numeric: true }) < 0;
}

/** What `promise` gives, undefined where it takes longer than `limit` ms. */
export async function within<T>(limit: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
