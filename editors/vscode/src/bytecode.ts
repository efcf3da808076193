// The code of a C file beside it, under the lines that it comes from, as the server gives it.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { Follower } from "./follow";
import { type Answer, Listing } from "./listing";

export const SCHEME = "xdp-lsp";
const REQUEST = "xdp-lsp/bytecode";
const CHANGED = "xdp-lsp/bytecodeChanged";

export class Bytecode implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly listings = new Map<string, Listing>(); // of open documents, by their address
  private readonly missed = new Set<string>(); // documents that changed while VS Code was opening them
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  /** `running` gives the server once it runs; undefined where there is none. */
  constructor(private readonly running: () => Promise<LanguageClient | undefined>) {
    this.subscriptions = [
      this.changed,
      new Follower(this.listings),
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => this.missed.delete(uri.toString()) && this.changed.fire(uri)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.listings.delete(uri.toString())),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  listen(client: LanguageClient): void {
    client.onNotification(CHANGED, ({ listing }: { listing: string }) => {
      const uri = client.protocol2CodeConverter.asUri(listing);
      if (shown().some((document) => document.uri.toString() === uri.toString())) {
        this.changed.fire(uri);
      } else {
        this.missed.add(uri.toString()); // VS Code does not hear of it before the document is open
      }
    });
  }

  /** Asks a server that has just started for what is shown. */
  renew(): void {
    shown().forEach(({ uri }) => this.changed.fire(uri));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const client = await this.running();
    const answer = client && (await ask(client, uri));
    if (!client || !answer) {
      return this.listings.get(uri.toString())?.text ?? "; the server does not run\n";
    }
    const listing = new Listing(answer, client.protocol2CodeConverter.asUri);
    this.listings.set(uri.toString(), listing);
    return listing.text;
  }

  /** Shows the code of the C file `uri`, at a function by its name, at a position in the source, or from its start. */
  async show(client: LanguageClient, uri: vscode.Uri, where?: string | vscode.Position): Promise<void> {
    const answer = await ask(client, uri, where instanceof vscode.Position ? where : undefined);
    if (answer === null) {
      throw new Error("this document is no file, and has no code.");
    }
    const listing = client.protocol2CodeConverter.asUri(answer.listing);
    const document = await vscode.workspace.openTextDocument(listing);
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    const editor = await vscode.window.showTextDocument(document, {
      viewColumn: shown?.viewColumn ?? vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: false,
    });
    const row = typeof where === "string" ? answer.functions.find(({ name }) => name === where)?.line : answer.line;
    if (row !== undefined && row !== null) {
      const place = new vscode.Range(row, 0, row, 0);
      editor.selection = new vscode.Selection(place.start, place.start);
      editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }
}

function shown(): vscode.TextDocument[] {
  return vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === SCHEME);
}

/** What the server says of a C file, or of the document that shows its code; null where there is none. */
function ask(client: LanguageClient, uri: vscode.Uri, position?: vscode.Position): Promise<Answer | null> {
  const converter = client.code2ProtocolConverter;
  return client.sendRequest<Answer | null>(REQUEST, {
    textDocument: { uri: converter.asUri(uri) },
    ...(position && { position: converter.asPosition(position) }),
  });
}
