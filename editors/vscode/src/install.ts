import * as path from "node:path";
import * as vscode from "vscode";
import { Environment, Job, current, isOutdated as isEnvironmentOutdated, make } from "./environment";
import { Failure } from "./run";
import { textSetting } from "./settings";
import { searchedFolders } from "./trust";

const OPEN_LOG = "Open Log";
const TRY_AGAIN = "Try Again";

/** The python of the private environment, if there is one that holds this version's server. Runs nothing. */
export async function installed(context: vscode.ExtensionContext): Promise<string | undefined> {
  const { bundle, storage } = folders(context);
  return (await current(bundle, storage))?.python;
}

/** Whether there is one of another version of the extension: it is to be renewed without asking. */
export async function isOutdated(context: vscode.ExtensionContext): Promise<boolean> {
  const { bundle, storage } = folders(context);
  return isEnvironmentOutdated(bundle, storage);
}

let running: Promise<string | undefined> | undefined;

/**
 * Makes the private environment, with progress that can be cancelled, and gives its python; nothing is done where it is
 * complete. Undefined where there is none then, which the user knows. `preferred` is a Python to try before PATH's.
 */
export function install(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  preferred: string | undefined,
): Promise<string | undefined> {
  running ??= installOnce(context, log, preferred).finally(() => (running = undefined));
  return running;
}

async function installOnce(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  preferred: string | undefined,
): Promise<string | undefined> {
  const where = { location: vscode.ProgressLocation.Notification, title: "xdp-lsp", cancellable: true };
  try {
    const searched = (await searchedFolders()).join(path.delimiter);
    const made = await vscode.window.withProgress(where, (progress, token) => {
      const cancelled = new AbortController();
      token.onCancellationRequested(() => cancelled.abort());
      const job: Job = {
        ...folders(context),
        preferred,
        searched,
        clang: textSetting("clang"),
        proxy: vscode.workspace.getConfiguration("http").get<string>("proxy"),
        signal: cancelled.signal,
        report: (message) => progress.report({ message }),
        log: (line) => log.info(line),
      };
      return make(job);
    });
    tellMissing(made);
    return made.python;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") {
      return undefined; // by the user
    }
    const reason = error instanceof Error ? error.message : String(error);
    log.error(error instanceof Failure ? reason : String(error));
    offer(vscode.window.showErrorMessage(`xdp-lsp is not installed. ${reason}`, TRY_AGAIN, OPEN_LOG));
    return undefined;
  }
}

function tellMissing(made: Environment): void {
  if (made.missing.includes("clang")) {
    const text =
      "xdp-lsp is installed, but there is no clang with the BPF target here, and the package index gave none. " +
      "Install clang and the kernel's headers, or try again.";
    offer(vscode.window.showWarningMessage(text, TRY_AGAIN, OPEN_LOG));
  }
}

/** Nothing waits for the answer, which may never come. */
function offer(answer: Thenable<string | undefined>): void {
  void answer.then((button) => {
    if (button !== undefined) {
      void vscode.commands.executeCommand(button === OPEN_LOG ? "xdp-lsp.openLog" : "xdp-lsp.install");
    }
  });
}

function folders(context: vscode.ExtensionContext): { bundle: string; storage: string } {
  return {
    bundle: vscode.Uri.joinPath(context.extensionUri, "dist", "bundle").fsPath,
    storage: context.globalStorageUri.fsPath,
  };
}
