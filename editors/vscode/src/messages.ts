// Messages with buttons, each once: what the user has just been told is not told again.
import * as vscode from "vscode";

interface Button {
  title: string;
  run(): unknown;
}

export class Messages {
  private last = "";

  /** Forgets what was told: the user asked for something, and wants an answer to that. */
  renew(): void {
    this.last = "";
  }

  error(message: string, ...buttons: Button[]): void {
    if (message !== this.last) {
      this.last = message;
      void vscode.window.showErrorMessage(message, ...buttons).then((button) => button?.run());
    }
  }
}
