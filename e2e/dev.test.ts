/** What a developer relies on while `convex dev` watches: nothing is lost, and what cannot go live does not. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { cliCommand, cliEnvironment, ROOT } from "../tools/deployment/convex-cli.ts";
import { type EngineProcess, startEngine } from "../tools/deployment/engine-process.ts";

const PUSH_MS = 40_000; // the CLI bundles, checks types and pushes
const base = mkdtempSync(join(tmpdir(), "heliograph-dev-"));
const app = join(base, "app");
let engine: EngineProcess;
let watcher: ChildProcess;
let output = "";
const clients: ConvexClient[] = [];

const notes = {
  latest: makeFunctionReference<"query", Record<string, never>, string>("notes:latest"),
  all: makeFunctionReference<"query", Record<string, never>, string[]>("notes:all"),
  add: makeFunctionReference<"mutation", { text: string }, string>("notes:add"),
};
const SCHEMA = (fields: string) => `
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ notes: defineTable({ ${fields} }) });
`;
const NOTES = (mark: string) => `
import { v } from "convex/values";
import { mutation, query } from "./_generated/server";
export const latest = query({
  args: {},
  handler: async (ctx) => {
    const note = await ctx.db.query("notes").order("desc").first();
    return "${mark} " + (note === null ? "" : note.text);
  },
});
export const all = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("notes").collect()).map((note) => note.text),
});
export const add = mutation({
  args: { text: v.string() },
  handler: async (ctx, { text }) => await ctx.db.insert("notes", { text } as never),
});
`;
const TSCONFIG = {
  compilerOptions: {
    target: "ESNext",
    module: "ESNext",
    moduleResolution: "Bundler",
    strict: true,
    noEmit: true,
  },
};

function save(file: string, text: string): void {
  writeFileSync(join(app, "convex", file), text);
}

beforeAll(async () => {
  mkdirSync(join(app, "convex"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(app, "node_modules"));
  const manifest = { type: "module", dependencies: { convex: "*" } };
  writeFileSync(join(app, "package.json"), JSON.stringify(manifest));
  save("tsconfig.json", JSON.stringify({ ...TSCONFIG, include: ["./**/*"] }));
  save("schema.ts", SCHEMA("text: v.string()"));
  save("notes.ts", NOTES("one"));
  engine = await startEngine(join(base, "engine"));
  watcher = watch(engine);
  await saysAfter(0, "functions ready");
}, 90_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  const ended = new Promise((resolve) => watcher.once("close", resolve));
  watcher.kill("SIGTERM");
  await ended;
  await engine.stop();
  rmSync(base, { recursive: true, force: true });
});

/** The official CLI, as \`npm run dev\` runs it. */
function watch(deployment: EngineProcess): ChildProcess {
  const { command, args } = cliCommand(["dev", "--tail-logs", "disable", "--typecheck", "try"]);
  const env = cliEnvironment(deployment);
  const child = spawn(command, args, { cwd: app, env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return child;
}

/** Resolves when the CLI has said it since \`mark\`, a length of its output. */
async function saysAfter(mark: number, text: string): Promise<void> {
  await holds(() => expect(output.slice(mark)).toContain(text));
}

const holds = (fact: () => void | Promise<void>) =>
  vi.waitFor(fact, { timeout: PUSH_MS, interval: 20 });

function connect(): ConvexClient {
  const client = new ConvexClient(engine.url, { unsavedChangesWarning: false });
  clients.push(client);
  return client;
}

/** Everything the subscription is told. */
function follow(client: ConvexClient): string[] {
  const seen: string[] = [];
  client.onUpdate(notes.latest, {}, (latest) => {
    seen.push(latest);
  });
  return seen;
}

test("an edited function takes effect at once: no data, socket or pending mutation is lost", async () => {
  const client = connect();
  const seen = follow(client);
  await client.mutation(notes.add, { text: "before" });
  await holds(() => expect(seen.at(-1)).toBe("one before"));
  const before = client.connectionState();

  save("notes.ts", NOTES("two"));
  const sent = ["before"];
  let pending: Promise<unknown> = Promise.resolve();
  while (!seen.at(-1)?.startsWith("two ")) {
    const text = `during ${sent.length}`;
    sent.push(text);
    const next = client.mutation(notes.add, { text });
    await pending; // the one before: so one is under way whenever the versions change
    pending = next;
  }
  await pending;

  await holds(() => expect(seen.at(-1)).toBe(`two ${sent.at(-1)}`));
  expect(await client.query(notes.all, {})).toEqual(sent); // each exactly once
  const after = client.connectionState();
  expect(after).toMatchObject({ isWebSocketConnected: true, inflightMutations: 0 });
  expect(after.connectionCount).toBe(before.connectionCount);
}, 90_000);

test("a schema that a document violates is refused with its id and field, and the old version serves on", async () => {
  const client = connect();
  const id: string = await client.mutation(notes.add, { text: "stays a text" });
  const seen = follow(client);
  await holds(() => expect(seen).toHaveLength(1));
  const mark = output.length;
  save("schema.ts", SCHEMA("text: v.number()"));
  await saysAfter(mark, "Schema validation failed");
  await holds(() => expect(output.slice(mark)).toMatch(/Document with ID "\w+" in table "notes"/));
  expect(output.slice(mark)).toContain(".text");
  expect(await client.mutation(notes.add, { text: "still taken" })).not.toBe(id);
  await holds(() => expect(seen.at(-1)).toMatch(/ still taken$/));
  expect(watcher.exitCode).toBeNull();

  const repaired = output.length;
  save("schema.ts", SCHEMA("text: v.string(), colour: v.optional(v.string())"));
  await saysAfter(repaired, "functions ready");
}, 90_000);

test("a type error is shown, and the next save takes effect", async () => {
  const client = connect();
  const seen = follow(client);
  await holds(() => expect(seen).toHaveLength(1));
  const mark = output.length;
  save("notes.ts", `${NOTES("three")}export const wrong: number = "text";\n`);
  await saysAfter(mark, "Type 'string' is not assignable to type 'number'");
  save("notes.ts", NOTES("four"));
  await holds(() => expect(seen.at(-1)).toMatch(/^four /));
}, 90_000);
