// clang's errors for the BPF target are shown unless another extension, such as clangd's, shows one at that line.
import * as vscode from "vscode";
import type { HandleDiagnosticsSignature } from "vscode-languageclient/node";
import { configuration, SECTION } from "./settings";

/** How the server marks what clang says. Its own findings are never hidden. */
const CLANG = "clang";

interface Published {
  uri: vscode.Uri;
  all: vscode.Diagnostic[];
  shown: vscode.Diagnostic[];
  show: HandleDiagnosticsSignature;
}

/** Stands between the server and the editor: keeps all that the server published, shows what is not a duplicate. */
export class Duplicates implements vscode.Disposable {
  private readonly published = new Map<string, Published>();
  private readonly listeners = [
    vscode.languages.onDidChangeDiagnostics((event) => event.uris.forEach((uri) => this.review(uri))),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.duplicateErrors`)) {
        [...this.published.values()].forEach((one) => this.review(one.uri));
      }
    }),
  ];

  /** Middleware for what the server publishes. */
  readonly handle = (uri: vscode.Uri, all: vscode.Diagnostic[], show: HandleDiagnosticsSignature): void => {
    const shown = this.chosen(uri, all);
    if (all.length > 0) {
      this.published.set(uri.toString(), { uri, all, shown, show });
    } else {
      this.published.delete(uri.toString());
    }
    show(uri, shown);
  };

  /** The server is gone, and what it published. */
  clear(): void {
    this.published.clear();
  }

  dispose(): void {
    this.listeners.forEach((listener) => listener.dispose());
  }

  private review(uri: vscode.Uri): void {
    const one = this.published.get(uri.toString());
    const shown = one && this.chosen(uri, one.all);
    if (one && shown && (shown.length !== one.shown.length || shown.some((each, at) => each !== one.shown[at]))) {
      one.shown = shown;
      one.show(uri, shown);
    }
  }

  private chosen(uri: vscode.Uri, all: vscode.Diagnostic[]): vscode.Diagnostic[] {
    if (!all.some(isClangs) || configuration().get<boolean>("duplicateErrors")) {
      return all;
    }
    const ours = new Set([...all, ...(this.published.get(uri.toString())?.all ?? [])]);
    const others = vscode.languages.getDiagnostics(uri).filter((one) => !ours.has(one));
    return all.filter((one) => !isClangs(one) || !others.some((other) => says(other, one)));
  }
}

function isClangs(one: vscode.Diagnostic): boolean {
  return one.source === CLANG;
}

/** Whether `other` tells what `one` does: any error at the line of an error; else the same words. */
function says(other: vscode.Diagnostic, one: vscode.Diagnostic): boolean {
  if (other.range.start.line !== one.range.start.line || other.severity > one.severity) {
    return false;
  }
  const isError = one.severity === vscode.DiagnosticSeverity.Error;
  return isError || other.message.toLowerCase().startsWith(one.message.split("\n", 1)[0]!.toLowerCase());
}
