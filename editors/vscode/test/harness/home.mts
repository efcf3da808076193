import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Options } from "./options.mts";
import { EXTENSION, REPOSITORY } from "./paths.mts";

/**
 * A folder for all that one VS Code keeps. It is not below the repository: paths of sockets have to be short, and nothing
 * above the workspace belongs to it.
 */
export function makeHome(): string {
  return fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "xdp-lsp-vscode-")));
}

/** What code-server and all that it starts are given. */
export function environmentOf(home: string, options: Options): NodeJS.ProcessEnv {
  const starts = path.join(home, "starts");
  const searched = process.env["PATH"] ?? "";
  const server = recording(home, starts);
  return {
    ...process.env,
    PATH: options.path ? server + path.delimiter + searched : withoutServer(searched),
    VSCODE_CLI: "1", // the extension host has this environment, not that of a login shell
    XDG_DATA_HOME: path.join(home, "share"),
    XDG_CACHE_HOME: path.join(home, "cache"),
    XDP_LSP_TEST_SERVER: path.join(server, "xdp-lsp"),
    XDP_LSP_TEST_STARTS: starts,
  };
}

/** A folder with an `xdp-lsp` that writes its process and arguments to `starts` before it is the one of PATH. */
function recording(home: string, starts: string): string {
  const folder = path.join(home, "bin");
  const server = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((each) => path.join(each, "xdp-lsp"))
    .find((each) => fs.existsSync(each));
  if (!server) throw new Error("there is no xdp-lsp on PATH");
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "xdp-lsp"), `#!/bin/sh\necho "$$ $*" >>"${starts}"\nexec "${server}" "$@"\n`, {
    mode: 0o755,
  });
  return folder;
}

/** A copy of the workspace that `options` name. */
export function makeWorkspace(home: string, options: Options): string {
  const folder = path.join(home, "workspace");
  fs.mkdirSync(folder);
  if (options.workspace) {
    fs.cpSync(path.join(EXTENSION, "test", "workspaces", options.workspace), folder, { recursive: true });
  }
  for (const file of options.files) {
    fs.copyFileSync(path.join(REPOSITORY, file), path.join(folder, path.basename(file)));
  }
  return folder;
}

/** PATH without the folders that have an `xdp-lsp`. */
export function withoutServer(searched: string): string {
  return searched
    .split(path.delimiter)
    .filter((folder) => !fs.existsSync(path.join(folder, "xdp-lsp")))
    .join(path.delimiter);
}
