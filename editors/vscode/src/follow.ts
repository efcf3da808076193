// The lines of a source and the rows of its listing follow each other: where the cursor is in one of them, what belongs
// to it is marked in all that are in sight, and brought into sight in the others. No cursor moves by it, and no focus.
import * as vscode from "vscode";
import type { Listing } from "./listing";

/** Lines (or rows) by the address of their document. */
type Marks = Map<string, Set<number>>;

export class Follower implements vscode.Disposable {
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("xdpLsp.sameLineBackground"),
    overviewRulerColor: new vscode.ThemeColor("xdpLsp.sameLineBackground"),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  private readonly subscriptions: vscode.Disposable[];

  /** `listings` are those that are shown, by their address. */
  constructor(private readonly listings: ReadonlyMap<string, Listing>) {
    this.subscriptions = [
      this.decoration,
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) {
          this.follow(true);
        }
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.follow(false)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.follow(false)),
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private edited(event: vscode.TextDocumentChangeEvent): void {
    const key = event.document.uri.toString();
    for (const listing of this.listings.values()) {
      listing.edited(event);
    }
    if (this.listings.has(key)) {
      this.follow(false); // it is renewed
    }
  }

  /** Marks what belongs to the cursor; where it has moved, that is brought into sight as well. */
  private follow(reveal: boolean): void {
    const active = vscode.window.activeTextEditor;
    if (active === undefined || this.listings.size === 0) {
      return;
    }
    const here = active.document.uri.toString();
    const marks = this.listings.has(here)
      ? this.ofRow(here, active.selection.active.line)
      : this.ofLines(here, active.selection);
    for (const editor of vscode.window.visibleTextEditors) {
      const lines = [...(marks.get(editor.document.uri.toString()) ?? [])].sort((a, b) => a - b);
      const ranges = lines.map((line) => new vscode.Range(line, 0, line, 0));
      editor.setDecorations(this.decoration, ranges);
      if (reveal && ranges[0] !== undefined && editor.document !== active.document) {
        editor.revealRange(ranges[0], vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      }
    }
  }

  private ofRow(key: string, row: number): Marks {
    const marks: Marks = new Map();
    const listing = this.listings.get(key);
    const origin = listing?.origin(row);
    if (listing !== undefined && origin !== undefined) {
      const { document, line } = origin;
      marks.set(document, new Set([line]));
      marks.set(key, new Set(listing.rowsFrom(document, line, line).map((one) => one.row)));
    }
    return marks;
  }

  private ofLines(document: string, { start, end }: vscode.Range): Marks {
    const marks: Marks = new Map();
    const shown = new Set(vscode.window.visibleTextEditors.map((editor) => editor.document.uri.toString()));
    const here = new Set<number>();
    for (const [key, listing] of this.listings) {
      const found = shown.has(key) ? listing.rowsFrom(document, start.line, end.line) : [];
      marks.set(key, new Set(found.map((one) => one.row)));
      found.forEach((one) => here.add(one.line));
    }
    return marks.set(document, here);
  }
}
