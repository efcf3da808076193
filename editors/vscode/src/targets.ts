// The targets that programs must fit: chosen from the server's list, for as long as the window is open.
import * as vscode from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";

export const CHOOSE_TARGETS = "xdp-lsp.chooseTargets";

interface Named {
  name: string;
  detail: string;
}

/** `chosen` are those that hold now: what is `configured`, unless others were chosen. */
interface Offer {
  groups: Named[];
  drivers: Named[];
  chosen: string[];
  configured: string[];
}

interface Item extends vscode.QuickPickItem {
  target?: string;
}

export class Targets {
  private chosen: string[] = [];

  /** Tells a server that has just started what was chosen of another. */
  async restore(client: LanguageClient): Promise<void> {
    if (this.chosen.length > 0) {
      await this.choose(client, this.chosen);
    }
  }

  async choose(client: LanguageClient, targets: string[]): Promise<void> {
    await client.sendRequest(ExecuteCommandRequest.type, { command: CHOOSE_TARGETS, arguments: [targets] });
    const offer = await offered(client); // the server does not take what is no target
    this.chosen = isConfigured(offer) ? [] : offer.chosen;
  }

  async pick(client: LanguageClient): Promise<void> {
    const targets = await ask(await offered(client));
    if (targets !== undefined) {
      await this.choose(client, targets);
    }
  }
}

function offered(client: LanguageClient): Promise<Offer> {
  const document = vscode.window.activeTextEditor?.document;
  const params = document && { textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document) };
  return client.sendRequest<Offer>("xdp-lsp/targets", params ?? {});
}

function isConfigured(offer: Offer): boolean {
  return offer.chosen.join() === offer.configured.join();
}

/** The targets that the user picks, none for those that are configured; undefined where the list was left. */
function ask(offer: Offer): Promise<string[] | undefined> {
  const configured: Item = { label: "As configured", description: offer.configured.join(", ") };
  const known = new Map([...offer.groups, ...offer.drivers].map((one) => [one.name, item(one)]));
  const others = offer.chosen.filter((name) => !known.has(name)).map((name) => item({ name, detail: "" }));
  const items = [
    configured,
    ...others,
    separator("groups"),
    ...offer.groups.map((one) => known.get(one.name)!),
    separator("drivers"),
    ...offer.drivers.map((one) => known.get(one.name)!),
  ];
  const picked = items.filter((one) => one.target !== undefined && offer.chosen.includes(one.target));

  const list = vscode.window.createQuickPick<Item>();
  list.title = "Targets that programs must fit";
  list.placeholder = "Check targets, or type one: ice@6.1, or usable bytes";
  list.canSelectMany = true;
  list.matchOnDescription = true;
  list.items = items;
  list.selectedItems = isConfigured(offer) ? [configured] : picked;

  let before: readonly Item[] = list.selectedItems;
  let isTyped = false; // what stands in the field is a target, unless it was used to find one of the list
  list.onDidChangeValue((value) => (isTyped = value.trim() !== ""));
  list.onDidChangeSelection((now) => {
    isTyped = false;
    const isBack = now.includes(configured) && !before.includes(configured);
    const kept = isBack ? [configured] : now.length > 1 ? now.filter((one) => one !== configured) : now;
    before = kept;
    if (kept.length !== now.length) {
      list.selectedItems = kept;
    }
  });
  return new Promise((resolve) => {
    list.onDidAccept(() => {
      const typed = isTyped ? [list.value.trim()] : [];
      resolve([...list.selectedItems.flatMap((one) => one.target ?? []), ...typed]);
      list.hide();
    });
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}

function item({ name, detail }: Named): Item {
  return { label: name, description: detail, target: name };
}

function separator(label: string): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
