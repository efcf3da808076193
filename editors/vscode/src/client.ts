// The connection to the server: found, started, watched, started again; and what the user is told where that fails.
import * as vscode from "vscode";
import {
  CloseAction,
  type DocumentSelector,
  ErrorAction,
  type ErrorHandler,
  type ExecuteCommandSignature,
  LanguageClient,
  type Middleware,
  State as ClientState,
  type StaticFeature,
} from "vscode-languageclient/node";
import { SCHEME as LISTING } from "./bytecode";
import { LastWords } from "./lastwords";
import { Messages } from "./messages";
import { findServer, type Found, type NotFound, onDidChangePython, within } from "./server";
import { SECTION, userSettings } from "./settings";
import { trustOptions } from "./trust";

const START_LIMIT = 30_000; // ms from the start of the process to its answer to `initialize`
const MOST_DEATHS = 4; // that a server is started again after,
const DEATHS_TIME = 180_000; // ms, all of them in that time

/** C files, the headers that they include, the texts that verifier logs are kept in or pasted into, and listings of
 * code: the server looks at what reads as one, and at nothing else. */
const DOCUMENTS: DocumentSelector = [
  { scheme: "file", language: "c" },
  { scheme: "file", pattern: "**/*.{c,h,inc}" },
  { scheme: "file", pattern: "**/*.{log,vlog,txt,out}" },
  { scheme: "untitled" }, // whatever language it is taken for
  { scheme: LISTING },
];

export type State = "off" | "starting" | "running" | "missing" | "failed";

/** What other parts of the extension do with what passes between server and editor. */
export interface Parts {
  handleDiagnostics: NonNullable<Middleware["handleDiagnostics"]>;
  /** A command of the server's, which `next` sends to it. */
  executeCommand(command: string, args: unknown[], next: ExecuteCommandSignature): unknown;
  /** A client was made, to which listeners are added before it starts. */
  made(client: LanguageClient): void;
  /** The server has started, or started again. */
  ready(client: LanguageClient): void;
}

/** Says nothing itself: what fails goes to the log, and `Connection` tells the user what that means. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Says to the server what we show of what is beyond the protocol: its state, which progress would only repeat, and
 * listings, whose texts we ask for together with their rows. */
const CAPABILITIES: StaticFeature = {
  fillClientCapabilities(capabilities) {
    delete capabilities.workspace?.textDocumentContent;
    capabilities.experimental = { ...capabilities.experimental, [SECTION]: { status: true } };
    capabilities.window = { ...capabilities.window, workDoneProgress: false };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

/** A client is for one process: `Connection` sees its end, and starts another. */
const ERRORS: ErrorHandler = {
  error: (_error, _message, count) => ({
    action: (count ?? 0) > 3 ? ErrorAction.Shutdown : ErrorAction.Continue,
    handled: true,
  }),
  closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
};

export class Connection implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("xdp-lsp", { log: true });
  found: Found | undefined;
  private client: LanguageClient | undefined;
  private readonly lastWords = new LastWords();
  private deaths: number[] = [];
  private current: State = "off";
  private work: Promise<unknown> = Promise.resolve();
  private readonly changed = new vscode.EventEmitter<State>();
  private readonly messages = new Messages();
  private python: vscode.Disposable | undefined;
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly parts: Parts,
  ) {}

  get state(): State {
    return this.current;
  }

  /** The server that runs. */
  get running(): LanguageClient | undefined {
    return this.current === "running" ? this.client : undefined;
  }

  /** Starts the server unless that was tried: only the user asks twice. */
  async start(): Promise<void> {
    await this.oneByOne(async () => {
      if (this.current === "off") {
        await this.begin();
      }
    });
  }

  /** The server, for something that the user asked for. */
  async wanted(): Promise<LanguageClient | undefined> {
    if (this.running === undefined) {
      this.forget();
      await this.oneByOne(async () => {
        if (this.current !== "running") {
          await this.again();
        }
      });
    }
    return this.running;
  }

  /** Starts the server again, whatever it does now. */
  async restart(): Promise<void> {
    this.forget();
    await this.oneByOne(() => this.again());
  }

  /** Looks once more where no server was found: there may be one now. */
  async lookAgain(): Promise<void> {
    if (this.current === "missing") {
      await this.oneByOne(() => this.begin());
    }
  }

  async stop(): Promise<void> {
    await this.oneByOne(() => this.end());
  }

  dispose(): void {
    this.python?.dispose();
    this.changed.dispose();
    this.log.dispose();
  }

  private oneByOne(next: () => Promise<void>): Promise<void> {
    const done = this.work.then(next);
    this.work = done.catch(() => undefined);
    return done;
  }

  /** The user asked for something: what was told is told again, and a server that kept ending is given another try. */
  private forget(): void {
    this.messages.renew();
    this.deaths = [];
  }

  private become(state: State): void {
    if (this.current !== state) {
      this.current = state;
      this.changed.fire(state);
    }
  }

  private async begin(): Promise<void> {
    this.become("starting");
    const found = await findServer(this.context, this.log);
    if ("reasons" in found) {
      this.become("missing");
      this.tellMissing(found);
      this.python ??= await onDidChangePython(() => void this.lookAgain());
      return;
    }
    this.found = found;
    const client = this.make(found);
    this.client = client;
    this.parts.made(client);
    try {
      if ((await within(START_LIMIT, client.start().then(() => true))) !== true) {
        throw new Error(`no answer within ${START_LIMIT / 1000} s`);
      }
      this.messages.renew();
    } catch (error) {
      this.log.error(`start: ${error}`);
      await this.end();
      this.become("failed");
      const why = await this.lastWords.heard();
      this.tellEnded(`xdp-lsp: the server (${found.label}) does not start${why && `: ${why}`}.`);
    }
  }

  private async again(): Promise<void> {
    await this.end();
    await this.begin();
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.become("off");
    try {
      await client?.dispose();
    } catch (error) {
      this.log.info(`stop: ${error}`); // it had ended by itself
    }
  }

  private make(found: Found): LanguageClient {
    const server = { command: found.command, args: [...found.args, "serve"] };
    const client: LanguageClient = new QuietClient(SECTION, "xdp-lsp", server, {
      documentSelector: DOCUMENTS,
      outputChannel: this.log,
      initializationOptions: trustOptions,
      initializationFailedHandler: () => false,
      errorHandler: ERRORS,
      stdioOptions: {
        stdout: () => undefined, // is the protocol's
        stderr: (stream) => this.lastWords.listen(stream, (line) => this.log.error(line)),
      },
      middleware: {
        handleDiagnostics: this.parts.handleDiagnostics,
        executeCommand: (command, args, next) => this.parts.executeCommand(command, args, next),
        workspace: {
          configuration: async (params, token, next) => {
            const values = await next(params, token);
            return Array.isArray(values)
              ? params.items.map((item, at) => (item.section === SECTION ? userSettings() : values[at]))
              : values;
          },
        },
      },
    });
    client.registerFeature(CAPABILITIES);
    client.onDidChangeState((event) => this.follow(client, event.newState));
    return client;
  }

  private follow(client: LanguageClient, state: ClientState): void {
    if (client !== this.client) {
      return;
    }
    const isEnd = this.current === "running" && state !== ClientState.Running;
    if (state === ClientState.Running) {
      this.become("running");
      this.parts.ready(client);
    } else {
      this.become(state === ClientState.Starting ? "starting" : "failed");
    }
    if (isEnd) {
      this.died(client);
    }
  }

  /** A server that ended though nobody asked it to is looked for and started again, unless it keeps ending. */
  private died(client: LanguageClient): void {
    const now = Date.now();
    this.deaths = [...this.deaths.filter((at) => now - at < DEATHS_TIME), now];
    if (this.deaths.length > MOST_DEATHS) {
      this.tellEnded("xdp-lsp: the server ended, and keeps ending when it is started again.");
      return;
    }
    void this.oneByOne(async () => {
      if (client === this.client) {
        await this.again();
      }
    });
  }

  private tellMissing({ reasons, isNamed }: NotFound): void {
    const message = reasons.length > 0
      ? `xdp-lsp: no server can be used. ${reasons.map(sentence).join(" ")}`
      : "xdp-lsp: the server is not installed. Install it for this extension, or type: pip install 'xdp-lsp[clang]'";
    const setting = `${SECTION}.server`;
    const mend = isNamed
      ? { title: "Open Settings", run: () => vscode.commands.executeCommand("workbench.action.openSettings", setting) }
      : { title: "Install", run: () => vscode.commands.executeCommand("xdp-lsp.install") };
    this.messages.error(message, mend, { title: "Choose…", run: () => this.choose() }, this.openLog);
  }

  private tellEnded(message: string): void {
    this.messages.error(message, { title: "Restart", run: () => this.restart() }, this.openLog);
  }

  private readonly openLog = { title: "Open Log", run: () => this.log.show() };

  /** Has the user name a server; the change of the setting starts it. */
  private async choose(): Promise<void> {
    const chosen = await vscode.window.showOpenDialog({ title: "The xdp-lsp to use", openLabel: "Use" });
    if (chosen?.[0] !== undefined) {
      const target = vscode.ConfigurationTarget.Global;
      await vscode.workspace.getConfiguration(SECTION).update("server", chosen[0].fsPath, target);
    }
  }
}

function sentence(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1) + ".";
}
