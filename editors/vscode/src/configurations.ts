// The configuration of a file that is looked at, where it is compiled in several: chosen from the server's list.
import * as vscode from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";

export const CHOOSE_CONFIGURATION = "xdp-lsp.chooseConfiguration";

/** What `xdp-lsp/configurations` answers. */
interface Offer {
  chosen: string;
  configurations: { name: string; state: string; text: string }[];
}

const ICONS: Record<string, string> = {
  fits: "$(pass)",
  exceeds: "$(error)",
  unknown: "$(question)",
  failed: "$(warning)",
  analysing: "$(sync)",
};

export function chooseConfiguration(client: LanguageClient, uri: string, name: string): Promise<void> {
  return client.sendRequest(ExecuteCommandRequest.type, { command: CHOOSE_CONFIGURATION, arguments: [uri, name] });
}

/** Offers the configurations of the file `uri`. */
export async function pickConfiguration(client: LanguageClient, uri: string): Promise<void> {
  const offer = await client.sendRequest<Offer | null>("xdp-lsp/configurations", { textDocument: { uri } });
  if (offer === null || offer.configurations.length < 2) {
    void vscode.window.showInformationMessage("xdp-lsp: this file has no configurations to choose from.");
    return;
  }
  const items = offer.configurations.map(({ name, state, text }) => ({
    label: `${ICONS[state] ?? "$(circle-outline)"} ${name}`,
    description: name === offer.chosen ? `${text} · looked at now` : text,
    name,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: "Configuration to look at" });
  if (picked !== undefined) {
    await chooseConfiguration(client, uri, picked.name);
  }
}
