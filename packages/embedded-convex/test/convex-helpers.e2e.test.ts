/** convex-helpers as published, each part used for what it is for. */
import type { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, mutation, query, type RunningServer, startServer } from "./running-server.ts";

let server: RunningServer;
let client: ConvexHttpClient;

beforeAll(async () => {
  server = await startServer("convex-helpers");
  client = server.http();
  await fillLibrary();
});
afterAll(() => server?.stop());

const ask = (path: string, args = {}) => client.query(query(path), args);
const tell = (path: string, args = {}) => client.mutation(mutation(path), args);

const CRIME = ["Alibi", "Blood", "Corpse", "Daggers"]; // of 10, 20, 30, 40 pages
const POETRY = ["Elegy", "Fable", "Gloss"]; // of 15, 25, 35 pages
let ada: string;
let anonymous: string;

async function fillLibrary() {
  ada = await tell("triggered:addAuthor", { name: "Ada" });
  anonymous = await tell("triggered:addAuthor", { name: "Anonymous" });
  for (const [i, title] of CRIME.entries()) {
    const author = title === "Corpse" ? anonymous : ada;
    await tell("triggered:addBook", { author, title, genre: "crime", pages: 10 * (i + 1) });
  }
  for (const [i, title] of POETRY.entries()) {
    await tell("triggered:addBook", { author: ada, title, genre: "poetry", pages: 15 + 10 * i });
  }
}

const errorOf = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => null,
    (error: unknown) => error,
  );

test("[PKG2] custom functions look up who calls, and count only what succeeded", async () => {
  await tell("members:join", { name: "mia" });
  await tell("members:visit", { as: "mia", fail: false });
  expect(await errorOf(tell("members:visit", { as: "mia", fail: true }))).not.toBeNull();
  expect(await ask("members:me", { as: "mia", greeting: "hello" })).toBe("hello mia, visit 1");
  expect(await client.action(action("members:shout"), { as: "mia" })).toBe("MIA 1");
  const refused = await errorOf(ask("members:me", { as: "eve", greeting: "hello" }));
  expect(refused).toBeInstanceOf(ConvexError);
  expect(refused).toMatchObject({ data: { kind: "NotAMember", name: "eve" } });
  await expect(ask("members:me", { greeting: "hello" })).rejects.toThrow("missing the required");
});

test("[PKG2] triggers keep totals through insert, replace and a cascade, and roll back with the mutation", async () => {
  const author = await tell("triggered:addAuthor", { name: "Bea" });
  const book = { author, title: "One", genre: "essay", pages: 100 };
  const totals = () => ask("triggered:totals", { author });
  const id = await tell("triggered:addBook", book);
  await tell("triggered:addBook", { ...book, title: "Two", pages: 50 });
  expect(await totals()).toEqual({ books: 2, pages: 150 });
  await tell("triggered:replaceBook", { ...book, id, pages: 10 });
  expect(await totals()).toEqual({ books: 2, pages: 60 });
  expect(await errorOf(tell("triggered:addBookAndFail", book))).not.toBeNull();
  expect(await totals()).toEqual({ books: 2, pages: 60 });
  await tell("triggered:removeAuthor", { id: author });
  expect(await totals()).toEqual({ books: 0, pages: 0 });
  expect(await ask("related:titles", { ids: [id] })).toEqual([null]);
});

test("[PKG2] relationships are followed one to many and through a join table", async () => {
  const author = await tell("triggered:addAuthor", { name: "Cleo" });
  const [first, second] = [
    await tell("triggered:addBook", { author, title: "First", genre: "essay", pages: 1 }),
    await tell("triggered:addBook", { author, title: "Second", genre: "essay", pages: 2 }),
  ];
  await tell("related:tag", { book: first, labels: ["new", "short"] });
  await tell("related:tag", { book: second, labels: ["short"] });
  expect(await ask("related:author", { name: "Cleo" })).toEqual([
    { title: "First", tags: ["new", "short"] },
    { title: "Second", tags: ["short"] },
  ]);
  expect(await ask("related:titles", { ids: [second, first] })).toEqual(["Second", "First"]);
  await expect(ask("related:author", { name: "Nobody" })).rejects.toThrow();
});

test("[PKG2] one query paginates twice, and a page with an end stays the page while it grows", async () => {
  const opts = { numItems: 2, cursor: null as string | null };
  const [crime, poetry] = await ask("pages:both", { first: opts, second: opts });
  expect([crime.titles, poetry.titles]).toEqual([CRIME.slice(0, 2), POETRY.slice(0, 2)]);
  const next = [crime, poetry].map(({ continueCursor: cursor }) => ({ ...opts, cursor }));
  const [moreCrime, morePoetry] = await ask("pages:both", { first: next[0], second: next[1] });
  expect([moreCrime.titles, morePoetry.titles]).toEqual([CRIME.slice(2), POETRY.slice(2)]);

  const late = { author: ada, title: "Between", genre: "crime", pages: 11 };
  const id = await tell("triggered:addBook", late);
  const held = { ...opts, endCursor: crime.continueCursor };
  const [grown] = await ask("pages:both", { first: held, second: opts });
  expect(grown.titles).toEqual(["Alibi", "Between", "Blood"]);
  await tell("triggered:replaceBook", { ...late, id, genre: "lost" });
});

test("[PKG2] a page starts at any index key, in both directions", async () => {
  expect(await ask("pages:around", { pages: 20, order: "asc" })).toEqual({
    titles: ["Blood", "Corpse"],
    hasMore: true,
  });
  expect(await ask("pages:around", { pages: 20, order: "desc" })).toEqual({
    titles: ["Blood", "Alibi"],
    hasMore: false,
  });
});

test("[PKG2] merged streams are one filtered, paginated list; streams join and tell distinct values", async () => {
  const titles: string[] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const page: { titles: string[]; isDone: boolean; continueCursor: string } = await ask(
      "pages:merged",
      { genres: ["crime", "poetry"], paginationOpts: { numItems: 2, cursor } },
    );
    titles.push(...page.titles);
    ({ isDone, continueCursor: cursor } = page);
  }
  expect(titles).toEqual(["Alibi", "Elegy", "Blood", "Fable", "Gloss", "Daggers"]);
  const joined: string[] = await ask("pages:joined");
  expect(joined.slice(0, 3)).toEqual(["Ada: Alibi", "Ada: Blood", "Ada: Daggers"]);
  expect(joined).toContain("Anonymous: Corpse");
  const genres: string[] = await ask("pages:genres");
  expect(genres).toEqual(expect.arrayContaining(["crime: Alibi", "poetry: Elegy"]));
});

test("[PKG2] row-level security hides, and refuses to change, what is not one's own", async () => {
  const note = { owner: "ann", isShared: false };
  const secret = await tell("notes:write", { as: "ann", ...note, text: "secret" });
  const open = await tell("notes:write", { as: "ann", ...note, text: "open", isShared: true });
  expect(await ask("notes:list", { as: "ann" })).toEqual(["secret", "open"]);
  expect(await ask("notes:list", { as: "bob" })).toEqual(["open"]);
  expect(await ask("notes:read", { as: "bob", id: secret })).toBeNull();
  for (const [id, message] of [
    [secret, "no read access"],
    [open, "write access not allowed"],
  ]) {
    await expect(tell("notes:change", { as: "bob", id, text: "x" })).rejects.toThrow(message);
  }
  await expect(tell("notes:write", { as: "bob", ...note, text: "x" })).rejects.toThrow(
    "insert access not allowed",
  );
  await tell("notes:change", { as: "ann", id: secret, text: "changed" });
  expect(await ask("notes:read", { as: "ann", id: secret })).toBe("changed");
});

test("[PKG2] Zod checks and transforms arguments, and checks results", async () => {
  const valid = { email: "zoe@example.com", age: 30 };
  expect(await tell("zod:signUp", { ...valid, name: "  Zoe " })).toMatchObject({ name: "Zoe" });
  expect(await tell("zod:signUp", valid)).toMatchObject({ name: "stranger" });
  for (const [args, path] of [
    [{ ...valid, email: "zoe" }, "email"],
    [{ ...valid, age: 17 }, "age"],
  ] as const) {
    const refused = await errorOf(tell("zod:signUp", args));
    expect(refused).toBeInstanceOf(ConvexError);
    expect(refused).toMatchObject({ data: { ZodError: [{ path: [path] }] } });
  }
  await expect(tell("zod:signUp", { ...valid, age: "30" })).rejects.toThrow("ArgumentValidation");
  expect(await ask("zod:visits", { name: "Zoe <zoe@example.com>" })).toBe(30);
  await expect(ask("zod:visits", { name: "nobody" })).rejects.toThrow("too_small");
});
