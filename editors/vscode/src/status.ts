// What is known of the file in the active editor, in the status bar; and whether our commands are offered there.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Connection } from "./client";

/** What the server says of a file; `docs/clients.md` describes it. */
interface FileStatus {
  uri: string;
  state: "none" | "analysing" | "fits" | "exceeds" | "unknown" | "failed";
  text: string;
  targets: string;
  detail: string;
  restricted: boolean;
}

const ICONS: Record<FileStatus["state"], string> = {
  none: "",
  analysing: "$(sync~spin)",
  fits: "$(check)",
  exceeds: "$(warning)",
  unknown: "$(question)",
  failed: "$(error)",
};

const LIMITED =
  "The folder is not trusted: this text alone is analysed, without headers, flags, settings and compilers of the folder.";

interface Shown {
  text: string;
  tooltip: string;
  command: string;
  background?: vscode.ThemeColor;
}

export class Status implements vscode.Disposable {
  private document: vscode.TextDocument | undefined;
  private readonly files = new Map<string, FileStatus>();
  private readonly item = vscode.window.createStatusBarItem("xdp-lsp.status", vscode.StatusBarAlignment.Left, 0);
  private readonly listeners: vscode.Disposable[];

  /** `concerns` says of a document whether it looks like one of ours, as long as the server has not said so. */
  constructor(
    private readonly connection: Connection,
    private readonly concerns: (document: vscode.TextDocument) => boolean,
  ) {
    this.item.name = "XDP headroom";
    this.listeners = [
      this.item,
      connection.onDidChange((state) => {
        if (state !== "running") {
          this.files.clear();
        }
        this.update();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.workspace.onDidCloseTextDocument((document) => this.files.delete(document.uri.toString())),
    ];
    this.update();
  }

  /** Listens to what `client` tells. */
  listen(client: LanguageClient): void {
    client.onNotification("xdp-lsp/status", (status: FileStatus) => {
      this.files.set(vscode.Uri.parse(status.uri).toString(), status);
      this.update();
    });
  }

  dispose(): void {
    this.listeners.forEach((listener) => listener.dispose());
  }

  private update(): void {
    const active = vscode.window.activeTextEditor?.document;
    if (active?.uri.scheme !== "output") {
      this.document = active; // a log that has the focus takes nothing away
    }
    const document = this.document;
    const status = document && this.files.get(document.uri.toString());
    const isOurs = status ? status.state !== "none" : document !== undefined && this.concerns(document);
    void vscode.commands.executeCommand("setContext", "xdp-lsp.active", isOurs && this.connection.running !== undefined);
    const shown = isOurs ? this.shown(status) : undefined;
    if (shown === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = shown.text;
    this.item.tooltip = new vscode.MarkdownString(shown.tooltip, true);
    this.item.command = shown.command;
    this.item.backgroundColor = shown.background;
    this.item.accessibilityInformation = { label: shown.text.replace(/\$\([^)]*\)\s*/g, "") };
    this.item.show();
  }

  private shown(status: FileStatus | undefined): Shown | undefined {
    switch (this.connection.state) {
      case "off":
        return undefined;
      case "starting":
        return { text: "$(sync~spin) XDP starting", tooltip: "The server starts.", command: "xdp-lsp.openLog" };
      case "missing":
        return problem("XDP no server", "No server was found. Click to look again.");
      case "failed":
        return problem("XDP stopped", "The server has stopped. Click to start it again.");
      case "running":
        return status && ofFile(status);
    }
  }
}

function problem(text: string, tooltip: string): Shown {
  const background = new vscode.ThemeColor("statusBarItem.warningBackground");
  return { text: `$(error) ${text}`, tooltip, command: "xdp-lsp.restart", background };
}

function ofFile(status: FileStatus): Shown {
  const limited = status.restricted ? " (restricted)" : "";
  const parts = [
    status.restricted ? LIMITED : "",
    status.detail,
    `Targets: ${status.targets}`,
    "Click to see the program against each target.",
  ];
  return {
    text: `${ICONS[status.state]} XDP ${status.text}${limited}`,
    tooltip: parts.filter((part) => part !== "").join("\n\n"),
    command: "xdp-lsp.showFits",
  };
}
