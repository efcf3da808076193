/**
 * The private Python environment of the server that the extension carries. Nothing of `vscode` is in here.
 *
 * `storage/current.json` names the environment in use. Each is built in a folder of its own and named there once it
 * works, so that a half-made one is never used; then those that came before go.
 */
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { Extra, Pip } from "./pip";
import { findPython } from "./python";
import { Failure, Outcome, RunOptions, run } from "./run";

export interface Environment {
  python: string;
  /** What the package index could not give. */
  missing: readonly Extra[];
}

export interface Job {
  /** Folder of the wheels. */
  bundle: string;
  /** Folder of the environments; made if need be. */
  storage: string;
  /** A Python to try before those on PATH. */
  preferred?: string | undefined;
  /** The compiler that the user's settings name. */
  clang?: string | undefined;
  /** A URL that the editor knows of. */
  proxy?: string | undefined;
  /** PATH, for all that is run; by itself the editor's. */
  searched?: string | undefined;
  signal: AbortSignal;
  /** Gets what is being done, for a progress bar. */
  report: (text: string) => void;
  /** Gets lines for the log. */
  log: (line: string) => void;
}

interface Pointer {
  bundle: string;
  folder: string;
  missing: Extra[];
}

const POINTER = "current.json";
const WHAT: Record<Extra, string> = { clang: "clang and the kernel's headers", libclang: "libclang" };

/** The environment that holds what this bundle does, if there is one. Runs nothing. */
export async function current(bundle: string, storage: string): Promise<Environment | undefined> {
  const pointer = await read(storage);
  if (!pointer || pointer.bundle !== (await identity(bundle))) {
    return undefined;
  }
  const python = pythonOf(path.join(storage, pointer.folder));
  return (await exists(python)) ? { python, missing: pointer.missing } : undefined;
}

/** Whether there is one of another version of the extension: then the user has asked for it before. */
export async function isOutdated(bundle: string, storage: string): Promise<boolean> {
  const pointer = await read(storage);
  return pointer !== undefined && pointer.bundle !== (await identity(bundle));
}

/** Makes the environment, unless it is there, works and lacks nothing. Rejects with a Failure, or with AbortError when
 * the signal ends it: then all is as it was. */
export async function make(job: Job): Promise<Environment> {
  const bundle = await identity(job.bundle);
  if (bundle === undefined) {
    throw new Failure("This copy of the extension carries no server.");
  }
  await mkdir(job.storage, { recursive: true });
  const there = await current(job.bundle, job.storage);
  if (there && !there.missing.length && (await starts(there.python, job))) {
    return there;
  }
  const folder = await mkdtemp(path.join(job.storage, `server-${process.pid}-`));
  try {
    const made = await build(folder, job);
    job.signal.throwIfAborted();
    await write(job.storage, { bundle, folder: path.basename(folder), missing: [...made.missing] });
    await removeOthers(path.basename(folder), job);
    return made;
  } catch (error) {
    await remove(folder, job);
    throw error;
  }
}

async function build(folder: string, job: Job): Promise<Environment> {
  const base = await findPython(job.preferred, options(job));
  job.log(`Python ${base.version}: ${base.command.join(" ")}`);
  job.report(`making an environment of Python ${base.version}`);
  // Without pip: Debian's Python has none to put in.
  const venv = [...base.command, "-m", "venv", "--without-pip", folder];
  demand(await run(venv, options(job)), "Python cannot make an environment");
  const python = pythonOf(folder);

  job.report("installing the server");
  const pip = await Pip.of(python, job.bundle, { ...options(job), cwd: folder });
  const server = await pip.installServer();
  if (server.output.includes("DO NOT MATCH THE HASHES")) {
    throw new Failure("A file of the extension is damaged; install the extension again.");
  }
  demand(server, "The server cannot be installed");
  if (!(await starts(python, job))) {
    throw new Failure("The server was installed but does not start.");
  }

  const fetched = async (extra: Extra): Promise<boolean> => {
    job.report(`looking for ${WHAT[extra]}`);
    const outcome = await pip.installExtra(extra, job.proxy, (text) => job.report(`${WHAT[extra]}: ${text}`));
    return outcome.status === 0;
  };
  const missing: Extra[] = [];
  if (!(await compiles(python, job)) && !((await fetched("clang")) && (await compiles(python, job)))) {
    missing.push("clang");
  }
  if (!(await fetched("libclang"))) {
    missing.push("libclang");
  }
  return { python, missing };
}

/** They run in the storage, where nothing of a workspace can stand in for a module. */
function options(job: Job): RunOptions {
  const env = job.searched === undefined ? {} : { PATH: job.searched };
  return { cwd: job.storage, env, signal: job.signal, line: job.log };
}

/** A Failure with the program's own last word, unless it did well. */
function demand(outcome: Outcome, failure: string): void {
  if (outcome.status !== 0) {
    const lines = outcome.output.split("\n").filter((line) => line.trim());
    const told = lines.filter((line) => line.startsWith("ERROR: ")).at(-1) ?? lines.at(-1);
    throw new Failure(`${failure}: ${told?.replace("ERROR: ", "").trim() ?? `status ${outcome.status}`}`);
  }
}

async function starts(python: string, job: Job): Promise<boolean> {
  try {
    return (await run([python, "-m", "xdp_lsp", "--version"], options(job))).status === 0;
  } catch (error) {
    if (job.signal.aborted) {
      throw error;
    }
    return false; // the Python that it was made of is gone
  }
}

/** Whether the server has a compiler with the BPF target and the kernel's headers. */
async function compiles(python: string, job: Job): Promise<boolean> {
  const setting = job.clang ? ["--clang", job.clang] : [];
  return (await run([python, "-m", "xdp_lsp", "doctor", ...setting], options(job))).status === 0;
}

/** The hash of server.txt, which names each wheel with its hash. Undefined where there is no bundle. */
async function identity(bundle: string): Promise<string | undefined> {
  try {
    return createHash("sha256")
      .update(await readFile(path.join(bundle, "server.txt")))
      .digest("hex");
  } catch {
    return undefined;
  }
}

function pythonOf(folder: string): string {
  return process.platform === "win32" ? path.join(folder, "Scripts", "python.exe") : path.join(folder, "bin", "python");
}

async function read(storage: string): Promise<Pointer | undefined> {
  try {
    const text = await readFile(path.join(storage, POINTER), "utf8");
    const { bundle, folder, missing } = JSON.parse(text) as Partial<Pointer>;
    return bundle && folder && Array.isArray(missing) ? { bundle, folder, missing } : undefined;
  } catch {
    return undefined;
  }
}

async function write(storage: string, pointer: Pointer): Promise<void> {
  const draft = path.join(storage, `${POINTER}.${process.pid}`);
  await writeFile(draft, JSON.stringify(pointer));
  await rename(draft, path.join(storage, POINTER));
}

/** Older and abandoned ones, but none that another window may be building. */
async function removeOthers(kept: string, job: Job): Promise<void> {
  for (const folder of await readdir(job.storage)) {
    const builder = Number(/^server-(\d+)-/.exec(folder)?.[1]);
    if (builder && folder !== kept && (builder === process.pid || !isRunning(builder))) {
      await remove(path.join(job.storage, folder), job);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What cannot be removed is in the way of nothing; the next time tries again. */
async function remove(folder: string, job: Job): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    job.log(`${folder} stays: ${String(error)}`);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
