// The code of one file, as the server gave it: which rows come from which lines, wherever the source was edited since.
import * as vscode from "vscode";

/** What `xdp-lsp/bytecode` answers; lines count from 0. */
export interface Answer {
  uri: string;
  listing: string;
  text: string;
  line: number | null;
  functions: { name: string; line: number }[];
  rows: { line: number; source: { uri: string; line: number } | null }[];
}

/** An instruction's row, and the line of `document` (an address as text) that it comes from. */
interface Row {
  line: number;
  document: string;
  source: number;
}

export class Listing {
  readonly text: string;
  private readonly rows: (Row | undefined)[];
  private readonly lines: number[];

  constructor(answer: Answer, asUri: (text: string) => vscode.Uri) {
    const documents = new Map<string, string>();
    const document = (uri: string) => {
      const known = documents.get(uri) ?? asUri(uri).toString();
      documents.set(uri, known);
      return known;
    };
    this.text = answer.text;
    this.lines = answer.rows.map((row) => row.line);
    this.rows = answer.rows.map(({ line, source }) =>
      source === null ? undefined : { line, document: document(source.uri), source: source.line },
    );
  }

  /** Where the instruction comes from that stands at a row, or is the next below it. */
  origin(row: number): { document: string; line: number } | undefined {
    const found = this.rows[this.lines.findIndex((line) => line >= row)];
    return found && { document: found.document, line: found.source };
  }

  /** The rows that come from lines of a document, both ends included. */
  rowsFrom(document: string, first: number, last: number): { row: number; line: number }[] {
    return this.rows.flatMap((row) =>
      row !== undefined && row.document === document && first <= row.source && row.source <= last
        ? [{ row: row.line, line: row.source }]
        : [],
    );
  }

  /** The lines move along with what is typed above them. */
  edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const key = document.uri.toString();
    for (const { range, text } of [...contentChanges].sort((a, b) => b.range.start.compareTo(a.range.start))) {
      const more = text.split("\n").length - 1 - (range.end.line - range.start.line);
      for (const row of more === 0 ? [] : this.rows) {
        if (row?.document === key && (row.source > range.start.line || isAbove(range, row.source))) {
          row.source = Math.max(range.start.line, row.source + more);
        }
      }
    }
  }
}

/** Whether a change is made in front of the whole line. */
function isAbove(range: vscode.Range, line: number): boolean {
  return range.start.line === line && range.start.character === 0 && range.isEmpty;
}
