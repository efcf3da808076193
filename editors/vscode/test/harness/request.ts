/** What a suite asks of its page; support/screen.ts asks it. */
export type Request =
  | { do: "texts" | "click"; selector: string }
  | { do: "press"; keys: string }
  | { do: "type"; text: string };
