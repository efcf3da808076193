// What the user set, for the server: nothing else, since the editor's values win over the project's file.
import * as vscode from "vscode";

export const SECTION = "xdp-lsp";

/** Settings of the extension itself, which the server does not know. */
const OWN = new Set(["server", "trace", "duplicateErrors"]);

export function configuration(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(SECTION);
}

/** A setting of ours that is a text; undefined where it is empty, or of another type, which VS Code marks in the file. */
export function textSetting(key: string): string | undefined {
  const value = configuration().get<unknown>(key);
  return (typeof value === "string" && value.trim()) || undefined;
}

/** The settings of the server that the user has set anywhere, by the server's own names. */
export function userSettings(): Record<string, unknown> {
  const all = configuration();
  const set = Object.keys(all).filter((key) => !OWN.has(key) && isSet(all, key));
  return Object.fromEntries(set.map((key) => [key, all.get(key)]));
}

function isSet(all: vscode.WorkspaceConfiguration, key: string): boolean {
  const found = all.inspect(key);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some((value) => value !== undefined);
}
