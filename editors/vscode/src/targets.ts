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
    this.chosen = targets;
    await client.sendRequest(ExecuteCommandRequest.type, { command: CHOOSE_TARGETS, arguments: [targets] });
  }

  async pick(client: LanguageClient): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const params = document && { textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document) };
    const targets = await ask(await client.sendRequest<Offer>("xdp-lsp/targets", params ?? null));
    if (targets !== undefined) {
      await this.choose(client, targets);
    }
  }
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
  const isConfigured = offer.chosen.join() === offer.configured.join();
  const picked = items.filter((one) => one.target !== undefined && offer.chosen.includes(one.target));

  const list = vscode.window.createQuickPick<Item>();
  list.title = "Targets that programs must fit";
  list.placeholder = "Pick groups and drivers, or type a target or a number of usable bytes";
  list.canSelectMany = true;
  list.matchOnDescription = true;
  list.items = items;
  list.selectedItems = isConfigured ? [configured] : picked;

  let before: readonly Item[] = list.selectedItems;
  list.onDidChangeSelection((now) => {
    const isBack = now.includes(configured) && !before.includes(configured);
    const kept = isBack ? [configured] : now.length > 1 ? now.filter((one) => one !== configured) : now;
    before = kept;
    if (kept.length !== now.length) {
      list.selectedItems = kept;
    }
  });
  list.onDidChangeValue((value) => {
    // What is typed may be more than is listed, such as ice@6.1 or 152: the server knows whether it is a target.
    const name = value.trim();
    const typed = name === "" || known.has(name) ? [] : [{ ...item({ name, detail: "as typed" }), alwaysShow: true }];
    const selected = list.selectedItems;
    const added = selected.filter((one) => !items.includes(one));
    list.items = [...typed.filter((one) => !added.some((other) => other.target === one.target)), ...added, ...items];
    list.selectedItems = selected;
  });
  return new Promise((resolve) => {
    list.onDidAccept(() => {
      resolve(list.selectedItems.flatMap((one) => one.target ?? []));
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
