import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Options } from "./options.mts";
import { VSIX } from "./paths.mts";

/** A running code-server on a folder, with data of its own. */
export class Server {
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(address: string, process: ChildProcess) {
    this.address = address;
    this.#process = process;
  }

  static async start(
    code: string,
    home: string,
    folder: string,
    options: Options,
    environment: NodeJS.ProcessEnv,
  ): Promise<Server> {
    const data = path.join(home, "data");
    fs.mkdirSync(path.join(data, "User"), { recursive: true });
    fs.writeFileSync(path.join(data, "User", "settings.json"), JSON.stringify(userSettings(options)));
    const own = [
      ...["--config", path.join(home, "config.yaml"), "--user-data-dir", data],
      ...["--extensions-dir", path.join(home, "extensions")],
    ];
    const log = fs.openSync(path.join(home, "code-server.log"), "a");
    if (options.extension) {
      const install = spawn(code, [...own, "--install-extension", VSIX], {
        stdio: ["ignore", log, log],
        env: environment,
      });
      if ((await ended(install)) !== 0) throw new Error(`${VSIX} cannot be installed`);
    }
    const server = spawn(
      code,
      [
        ...own,
        ...["--bind-addr", "127.0.0.1:0", "--auth", "none"],
        ...["--disable-telemetry", "--disable-update-check", "--log", "debug"],
        ...(options.trusted ? ["--disable-workspace-trust"] : []),
        folder,
      ],
      { stdio: ["ignore", "pipe", log], env: environment, detached: true },
    );
    // The group, so that nothing that it started outlives us, however we end.
    process.on("exit", () => kill(server));
    process.on("SIGTERM", () => process.exit(1)); // Playwright takes it for the end of the browser alone
    return new Server(await listening(server, log), server);
  }

  async stop(): Promise<void> {
    const end = ended(this.#process);
    kill(this.#process);
    await end;
  }
}

function userSettings(options: Options): Record<string, unknown> {
  return {
    "chat.disableAIFeatures": true,
    "extensions.autoUpdate": false,
    "extensions.autoCheckUpdates": false,
    "git.enabled": false,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "security.workspace.trust.startupPrompt": "never",
    ...options.settings,
  };
}

function listening(server: ChildProcess, log: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stdout?.setEncoding("utf8").on("data", (text: string) => {
      fs.writeSync(log, text);
      said += text;
      const at = /HTTP server listening on (http:\S+)/.exec(said);
      if (at?.[1]) resolve(at[1].replace(/\/$/, ""));
    });
    server.on("error", reject);
    server.on("exit", (status) => reject(new Error(`code-server ended with ${status}:\n${said}`)));
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
