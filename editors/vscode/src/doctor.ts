// `xdp-lsp doctor` on a file: which compiler, headers and flags are used for it, and what is missing.
import { execFile } from "node:child_process";
import * as vscode from "vscode";
import type { Candidate } from "./server";
import { userSettings } from "./settings";

const LIMIT = 120_000; // ms; it compiles the file

export class Doctor implements vscode.Disposable {
  private readonly output = vscode.window.createOutputChannel("xdp-lsp doctor");

  async run(server: Candidate, file: vscode.Uri): Promise<void> {
    this.output.clear();
    this.output.show(true);
    this.output.appendLine(`$ xdp-lsp doctor ${file.fsPath}`);
    const args = [...server.args, "doctor", "--editor", JSON.stringify(userSettings()), file.fsPath];
    const cwd = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath;
    await new Promise<void>((resolve) => {
      const options = { timeout: LIMIT, windowsHide: true, ...(cwd === undefined ? {} : { cwd }) };
      execFile(server.command, args, options, (error, stdout, stderr) => {
        this.output.append(stdout + stderr);
        if (error?.killed) {
          this.output.appendLine(`No answer within ${LIMIT / 1000} s.`);
        } else if (error !== null && stdout + stderr === "") {
          this.output.appendLine(error.message);
        }
        resolve();
      });
    });
  }

  dispose(): void {
    this.output.dispose();
  }
}
