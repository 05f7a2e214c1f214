/**
 * Starts the parts in the order they need each other and stops them in reverse.
 *
 *   engine -> push (convex/) -> seed -> simulated Discord -> bot -> sites -> demo analyst
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { issueMachine, previewKeys, seed } from "../deployment/admin.ts";
import {
  cliCommand,
  cliEnvironment,
  type Deployment,
  deploy,
  ROOT,
  runCli,
} from "../deployment/convex-cli.ts";
import { keptSecrets, toDotenv } from "../deployment/secrets.ts";
import { startDemoAnalyst } from "./demo-analyst.ts";
import type { StartFlags } from "./flags.ts";
import { Part, PartFailedError, type PartSpec } from "./part.ts";
import * as screen from "./screen.ts";
import { buildSites, siteParts } from "./sites.ts";
import { BACKEND_SEED, BOT_TOKEN, DISCORD_SEED, origins } from "./world.ts";

const READY_MS = 60_000; // a laptop under load; the usual is under a second
const DAY_MS = 24 * 60 * 60_000;

export interface House {
  /** Resolves when `stopped` is raised; rejects with PartFailedError when a part fails. */
  failure(stopped: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Everything is ready and its links have been shown when this resolves. */
export async function startHouse(flags: StartFlags, stopped: AbortSignal): Promise<House> {
  const builder = new HouseBuilder(flags, stopped);
  try {
    await builder.build();
    return builder;
  } catch (error) {
    await builder.stop();
    throw error;
  }
}

class HouseBuilder implements House {
  readonly #flags: StartFlags;
  readonly #stopped: AbortSignal;
  readonly #origins: ReturnType<typeof origins>;
  readonly #parts: Part[] = [];
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(flags: StartFlags, stopped: AbortSignal) {
    this.#flags = flags;
    this.#stopped = stopped;
    this.#origins = origins(flags.ports);
  }

  async build(): Promise<void> {
    await this.#refuseTakenPorts();
    const deployment = await this.#step("engine", () => this.#startEngine());
    await this.#step("functions pushed with the official Convex CLI", () => this.#push(deployment));
    await this.#step("sources and routes", () => seed(deployment, BACKEND_SEED));
    await this.#step("simulated Discord", () => this.#startDiscord());
    await this.#step("Discord bot", () => this.#startBot(deployment));
    await this.#step("customer site and operator console", () => this.#startSites());
    if (this.#flags.watch)
      await this.#step("watching convex/ and the sites", () => this.#watch(deployment));
    if (!this.#flags.quietDemo) {
      const analyst = startDemoAnalyst(
        this.#origins.discord,
        join(this.#flags.dataDir, "demo.json"),
        (error) =>
          screen.note(`Demo analyst: ${error instanceof Error ? error.message : String(error)}`),
      );
      this.#closing.push(() => analyst.stop());
    }
    await this.#showLinks(deployment);
  }

  async failure(stopped: AbortSignal): Promise<void> {
    const stop = new Promise<void>((resolve) => {
      if (stopped.aborted) resolve();
      stopped.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([stop, ...this.#parts.map((part) => part.failure())]);
  }

  async stop(): Promise<void> {
    for (const close of this.#closing) await close();
    for (const part of this.#parts.reverse()) await part.stop();
  }

  async #step<T>(label: string, work: () => Promise<T>): Promise<T> {
    const interrupted = new Promise<never>((_, reject) => {
      const stop = () => reject(new PartFailedError(label, "was interrupted", []));
      if (this.#stopped.aborted) stop();
      this.#stopped.addEventListener("abort", stop, { once: true });
    });
    return screen.step(label, () => Promise.race([work(), interrupted]));
  }

  async #refuseTakenPorts(): Promise<void> {
    for (const [name, port] of Object.entries(this.#flags.ports)) {
      if (!(await answers(port))) continue;
      throw new PartFailedError(
        name,
        `cannot start: port ${port} is in use. Is Heliograph running already? Otherwise give another with --${name}-port.`,
        [],
      );
    }
  }

  #run(spec: Omit<PartSpec, "cwd" | "logDir"> & { readonly cwd?: string }): Part {
    const part = new Part({ cwd: ROOT, logDir: join(this.#flags.dataDir, "logs"), ...spec });
    this.#parts.push(part);
    return part;
  }

  async #startEngine(): Promise<Deployment> {
    const { ports, dataDir } = this.#flags;
    const dir = join(dataDir, "engine");
    mkdirSync(dir, { recursive: true });
    const engine = this.#run({
      name: "engine",
      command: process.execPath,
      args: [
        "--disable-warning=ExperimentalWarning",
        join(ROOT, "packages/embedded-convex/src/cli.ts"),
        "serve",
        ...["--data", dir, "--port", String(ports.engine), "--site-port", String(ports.site)],
      ],
    });
    await engine.ready(() => respondsOk(`${this.#origins.engine}/version`), READY_MS);
    return {
      url: this.#origins.engine,
      adminKey: readFileSync(join(dir, "admin-key"), "utf8").trim(),
    };
  }

  async #push(deployment: Deployment): Promise<void> {
    const { dataDir } = this.#flags;
    const done = join(dataDir, "engine", "environment-set");
    if (!exists(done)) {
      const file = join(dataDir, "environment.tmp");
      writeFileSync(file, toDotenv(keptSecrets(join(dataDir, "secrets.json"))), { mode: 0o600 });
      try {
        await runCli(deployment, ["env", "set", "--from-file", file]);
      } finally {
        rmSync(file);
      }
      writeFileSync(done, "");
    }
    await deploy(deployment);
  }

  async #startDiscord(): Promise<void> {
    const { dataDir, ports } = this.#flags;
    const seedFile = join(dataDir, "discord-seed.json");
    writeFileSync(seedFile, JSON.stringify(DISCORD_SEED));
    const discord = this.#run({
      name: "discord",
      command: process.execPath,
      args: [
        join(ROOT, "packages/discord-sim/src/cli.ts"),
        "serve",
        ...[
          "--port",
          String(ports.discord),
          "--state",
          join(dataDir, "discord.json"),
          "--seed",
          seedFile,
        ],
      ],
    });
    await discord.ready(() => respondsOk(`${this.#origins.discord}/api/v10/gateway`), READY_MS);
  }

  async #startBot(deployment: Deployment): Promise<void> {
    const bot = this.#run({
      name: "bot",
      command: process.execPath,
      args: [join(ROOT, "apps/bot/src/main.ts")],
      env: {
        CONVEX_SELF_HOSTED_URL: deployment.url,
        HELIOGRAPH_SITE_URL: this.#origins.site,
        HELIOGRAPH_BOT_TOKEN: await this.#botToken(deployment),
        DISCORD_TOKEN: BOT_TOKEN,
        DISCORD_API_URL: `${this.#origins.discord}/api`,
      },
    });
    await bot.ready(
      async () => bot.lastLines.some((line) => line.includes('"lease.held"')),
      READY_MS,
    );
  }

  /** Issued once and kept, so that the list of machines does not grow with every start. */
  async #botToken(deployment: Deployment): Promise<string> {
    const file = join(this.#flags.dataDir, "engine", "bot-token");
    if (exists(file)) return readFileSync(file, "utf8");
    const { token } = await issueMachine(deployment, { kind: "bot", name: "bot" });
    writeFileSync(file, token, { mode: 0o600 });
    return token;
  }

  async #startSites(): Promise<void> {
    const env = { VITE_CONVEX_URL: this.#origins.engine, VITE_CONVEX_SITE_URL: this.#origins.site };
    if (!this.#flags.watch) await buildSites(ROOT, env);
    for (const spec of siteParts(ROOT, this.#flags, env)) {
      const site = this.#run(spec);
      await site.ready(() => respondsOk(spec.address), READY_MS);
    }
  }

  async #watch(deployment: Deployment): Promise<void> {
    const watcher = this.#run({
      name: "convex-dev",
      ...cliCommand(["dev", "--tail-logs", "disable", "--typecheck", "try"]),
      env: cliEnvironment(deployment),
    });
    await watcher.ready(
      async () => watcher.lastLines.some((line) => line.includes("functions ready")),
      READY_MS,
    );
  }

  async #showLinks(deployment: Deployment): Promise<void> {
    const keys = await previewKeys(deployment);
    const console = await issueMachine(deployment, {
      kind: "console",
      name: "npm start",
      ttlMs: DAY_MS,
    });
    screen.title("Ready");
    screen.links([
      [
        "Customer feed",
        `${this.#origins.web}/#keys=${keys.join(",")}`,
        "what a paying customer sees (keys valid for a day)",
      ],
      [
        "Operator console",
        `${this.#origins.console}/#token=${console.token}`,
        "signals, mirrors, latency (link valid for a day)",
      ],
      [
        "Discord (simulated)",
        this.#origins.discord,
        "post here as the analyst; watch the mirrored channels",
      ],
      [
        "Deployment",
        this.#origins.engine,
        `HTTP actions at ${this.#origins.site}; logs in ${join(this.#flags.dataDir, "logs")}`,
      ],
    ]);
    screen.note("Ctrl-C stops everything; the data is kept.");
  }
}

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

async function respondsOk(address: string): Promise<boolean> {
  const response = await fetch(address);
  await response.body?.cancel();
  return response.ok;
}

/** True when something listens on the port already. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
