/** Components, local and published, deployed by the official CLI and used through the official clients. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Value } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import { copyProject } from "./official-cli.ts";
import { action, mutation, query, type RunningServer, startServer } from "./running-server.ts";
import { createSigner, inSeconds } from "./tokens.ts";

let server: RunningServer;
let token: string;

beforeAll(async () => {
  const signer = await createSigner("ES256");
  const now = inSeconds(Date.now(), 0);
  const claims = { iss: "https://issuer.example", sub: "ada", iat: now, exp: now + 900 };
  token = await signer.sign(claims);
  server = await startServer("components", {
    HOME_LABEL: "the app's variable",
    APP_SECRET: "not for components",
    JWKS: signer.dataAddress,
  });
});
afterAll(() => server.stop());

type Args = Record<string, Value>;
const ask = (path: string, args: Args = {}) => server.http().query(query(`app:${path}`), args);
const mutate = (path: string, args: Args = {}) =>
  server.http().mutation(mutation(`app:${path}`), args);
const act = (path: string, args: Args = {}) => server.http().action(action(`app:${path}`), args);

test("[COMP6] two components of one definition share nothing, and no ids with the app", async () => {
  expect(await mutate("isolation")).toEqual({ app: false, other: false, own: true, fromApp: null });
  expect(await ask("list", { of: "work" })).toEqual(expect.not.arrayContaining(["at home"]));
  expect(await ask("withBody", { of: "home", body: "at home" })).toEqual(expect.any(String));
  expect(await ask("withBody", { of: "work", body: "at home" })).toBeNull();
});

test("[COMP7] a component's failure takes back its own writes and those below it, and can be caught", async () => {
  expect(await mutate("surviveFailure", { body: "survives" })).toContain(
    "refused by the component",
  );
  expect(await ask("messages")).toContain("survives");
  expect(await ask("list", { of: "work" })).toContain("survives");
  expect(await ask("list", { of: "work" })).not.toContain("lost");
  expect(await ask("lines", { of: "work" })).toContain("added survives");
  expect(await ask("lines", { of: "work" })).not.toContain("lost lost");
});

test("[COMP7] when the app fails, what components wrote for it is gone too", async () => {
  await expect(mutate("failAfterwards")).rejects.toThrow("refused by the app");
  expect(await ask("list", { of: "work" })).not.toContain("never seen");
  expect(await ask("lines", { of: "work" })).not.toContain("added never seen");
});

test("[COMP4] arguments and results are checked at the boundary; what is not public is not there", async () => {
  expect(await ask("mistakes")).toEqual([
    "ArgumentValidationError: Value does not match validator.\nPath: .body\nValue: 5.0\nValidator: v.string()",
    "ReturnsValidationError: Value does not match validator.\n\nValue: 5.0\nValidator: v.string()",
    'Child component "work" does not export notes/hidden',
    'Child component "work" does not export notes/missing',
  ]);
});

test("[COMP18] a component pages in mutations, and is refused in queries", async () => {
  expect(await mutate("pages")).toEqual({
    query: expect.stringContaining("paginate() is only supported in the app"),
    mutation: [1, 0],
  });
});

test("[COMP19] a component searches its own documents, by words and by vectors, and is watched", async () => {
  const client = server.connect();
  const seen: unknown[] = [];
  client.onUpdate(query("app:byWords"), { of: "work", text: "memo" }, (value) => seen.push(value));
  await expect.poll(() => seen).toEqual([[]]);
  const write = (to: string, text: string, meaning: number[]) =>
    client.mutation(mutation("app:writeMemo"), { to, text, meaning });
  expect(await write("home", "memo at home", [1, 0])).toEqual(["memo at home"]);
  expect(await write("work", "memo at work", [1, 1])).toEqual(["memo at work"]);
  await expect.poll(() => seen.at(-1)).toEqual(["memo at work"]);
  expect(seen).toHaveLength(2);
  await write("work", "another memo", [0, 1]);
  expect((await ask("byWords", { of: "work", text: "mem" })).toSorted()).toEqual([
    "another memo",
    "memo at work",
  ]);
  expect(await ask("byWords", { of: "home", text: "mem" })).toEqual(["memo at home"]);
  expect(await act("nearest", { of: "work", meaning: [1, 0] })).toEqual(["memo at work"]);
  expect(await act("nearest", { of: "home", meaning: [0, 1] })).toEqual(["memo at home"]);
});

test("[COMP5] the user is known in the app and nobody is in its components", async () => {
  const http = server.http();
  http.setAuth(token);
  const found = await http.query(query("app:whereAmI"), { of: "home" });
  expect(found).toMatchObject({ app: "ada", component: { user: null } });
  const acted = await http.action(action("app:addTwice"), { to: "home", body: "twice" });
  expect(acted).toMatchObject({ app: "ada", component: { user: null } });
});

test("[COMP11] a component sees the variables bound at its mount and none of the app's", async () => {
  const component = async (of: string) => (await ask("whereAmI", { of })).component;
  expect(await component("home")).toMatchObject({ label: "the app's variable", appSecret: null });
  expect(await component("work")).toMatchObject({ label: "from the mount", appSecret: null });
  const { component: inAction } = await act("addTwice", { to: "work", body: "labelled" });
  expect(inAction).toMatchObject({ label: "from the mount", appSecret: null });
});

test("[COMP12] a function handle kept in a component calls back into the app, now and later", async () => {
  const handle = await mutate("giveHandle", { to: "work" });
  expect(await mutate("giveHandle", { to: "work" })).toBe(handle);
  await mutate("callBack", { from: "work", body: "called back" });
  expect(await ask("messages")).toContain("called back");
  await mutate("scheduleBack", { from: "work", body: "scheduled back" });
  await expect.poll(() => ask("messages")).toContain("scheduled back");
  await expect.poll(() => ask("list", { of: "work" })).toContain("later scheduled back");
});

test("[COMP10] jobs belong to the component that scheduled them; others cannot cancel them", async () => {
  await mutate("giveHandle", { to: "home" });
  await mutate("scheduleBack", { from: "home", body: "job" });
  await mutate("scheduleThere", { body: "by the app" });
  await expect.poll(() => ask("list", { of: "home" })).toContain("by the app");
  const { app, component } = await ask("jobs", { of: "home" });
  expect(app).toEqual(["notes.js:add"]);
  await expect
    .poll(async () => (await ask("jobs", { of: "home" })).component)
    .toEqual(["app.js:say success", "callbacks.js:later success"]);
  expect(component).toHaveLength(2);
  const kinds = (jobs: string[]) => jobs.filter((job) => job.endsWith("pending")).length;
  expect(kinds(await mutate("cancelThere", { cancelFrom: "home" }))).toBe(1);
  expect(kinds(await mutate("cancelThere", { cancelFrom: "work" }))).toBe(1);
});

test("[COMP10] a component's crons run in each component of its definition", async () => {
  for (const of of ["work", "home"]) {
    await expect.poll(() => ask("list", { of })).toContain("later from the cron");
  }
});

test("[COMP8] a component's routes are reached where it is mounted, at any depth", async () => {
  const get = async (path: string) => (await fetch(server.engine.siteUrl + path)).text();
  const listed = JSON.parse(await get("/work/list"));
  expect(listed).toMatchObject({ label: "from the mount", path: "/work/list" });
  expect(listed.notes).toContain("later from the cron");
  expect(JSON.parse(await get("/work/audit/lines/all"))).toEqual(expect.any(Array));
  expect(await get("/work/own")).toBe("the app's own");
  expect(await get("/work/nothing")).toBe("No matching routes found");
  expect(await get("/elsewhere")).toBe("everything else");
});

test("[COMP9] a file belongs to the component that stored it, in functions and in URLs", async () => {
  const found = await act("files");
  expect(found).toMatchObject({ read: "of work", elsewhere: null, inApp: null });
  expect(found.counts[1]).toBe(0);
  expect(await (await fetch(found.url)).text()).toBe("of work");
  expect((await fetch(found.url.split("?")[0])).status).toBe(404);
  const upload = await fetch(await mutate("uploadUrl", { to: "home" }), {
    method: "POST",
    body: "of home",
  });
  const { storageId } = (await upload.json()) as { storageId: string };
  const url = await ask("fileUrl", { of: "home", id: storageId });
  expect(await (await fetch(url)).text()).toBe("of home");
  expect(await ask("fileUrl", { of: "work", id: storageId })).toBeNull();
});

test("[COMP13] a watched query sees its component's changes, and other components cause no execution", async () => {
  const client = server.connect();
  const seen: string[][] = [];
  client.onUpdate(query("app:list"), { of: "work" }, (notes) => void seen.push(notes as string[]));
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  const before = await server.executions("app:list");
  await client.mutation(mutation("app:add"), { to: "home", body: "unwatched" });
  expect(await server.executions("app:list")).toBe(before);
  await client.mutation(mutation("app:add"), { to: "work", body: "watched" });
  await expect.poll(() => seen.at(-1)).toContain("watched");
});

test("[COMP17] clients reach the app only; an admin reaches every component", async () => {
  const call = async (headers: Record<string, string>, path: string) => {
    const response = await fetch(`${server.engine.url}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ componentPath: "work/audit", path: "log:lines", args: {} }),
    });
    return (await response.json()) as { status: string; errorMessage?: string; value?: unknown };
  };
  expect(await call({}, "/api/query")).toMatchObject({
    status: "error",
    errorMessage: expect.stringContaining("Only admin or system users can call functions"),
  });
  const admin = { Authorization: `Convex ${server.engine.adminKey}` };
  expect(await call(admin, "/api/function")).toMatchObject({ status: "success" });
});

test("[COMP14] a published component works as it is", async () => {
  const tries = [];
  for (let i = 0; i < 3; i++) tries.push(await mutate("tryOnce", { key: "me" }));
  expect(tries).toEqual([true, true, false]);
  expect(await mutate("tryOnce", { key: "you" })).toBe(true);
});

test("[COMP14] the CLI runs, shows and asks in a component", async () => {
  const project = copyProject("components", server.engine);
  try {
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await project.convex(...args);
      if (code !== 0) throw new Error(stdout + stderr);
      return stdout;
    };
    expect(await run("run", "--component", "home/audit", "log:lines")).toContain("added at home");
    expect(await run("run", "--component", "work", "notes:hidden")).toContain("hidden");
    expect((await run("data", "--component", "work")).split("\n").filter(Boolean)).toEqual([
      "callbacks",
      "memos",
      "notes",
    ]);
    expect(await run("data", "--component", "home/audit", "lines")).toContain("added at home");
    const count = "(await ctx.db.query('lines').collect()).length";
    const inline = await run("run", "--component", "home/audit", "--inline-query", count);
    expect(Number(inline)).toBeGreaterThan(0);
  } finally {
    project.remove();
  }
});

test("[COMP16] components and their data are there after a restart", async () => {
  const before = await ask("list", { of: "home" });
  await server.restart();
  expect(await ask("list", { of: "home" })).toEqual(before);
  await mutate("callBack", { from: "work", body: "after the restart" });
  expect(await ask("messages")).toContain("after the restart");
});

test("[COMP3] the CLI unmounts and mounts a component again, and its data is there", async () => {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  const engine: EmbeddedConvex = await startEmbeddedConvex({ dir, port: 0, sitePort: 0 });
  const project = copyProject("components", engine);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await project.convex(...args);
    if (code !== 0) throw new Error(stdout + stderr);
    return stdout + stderr;
  };
  const deploy = () => run("deploy", "--yes", "--typecheck", "disable");
  const mount = 'app.use(notes, { name: "home", env: { LABEL: app.env.HOME_LABEL } });';
  try {
    await run("env", "set", "HOME_LABEL=x");
    await run("env", "set", "JWKS=data:application/json,{}");
    await deploy();
    await run("run", "app:add", JSON.stringify({ to: "home", body: "kept" }));
    project.edit("convex/convex.config.ts", mount, "");
    expect(await deploy()).toContain("Unmounted component home");
    await expect(run("run", "app:list", '{"of":"home"}')).rejects.toThrow("home");
    project.edit(
      "convex/convex.config.ts",
      "app.use(rateLimiter);",
      `app.use(rateLimiter);\n${mount}`,
    );
    expect(await deploy()).toContain("Remounted component home");
    expect(await run("run", "app:list", '{"of":"home"}')).toContain("kept");
  } finally {
    project.remove();
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
