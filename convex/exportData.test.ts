import type { FunctionArgs, WithoutSystemFields } from "convex/server";
import { beforeEach, expect, test } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Doc, Id } from "./_generated/dataModel.js";
import { attachIdentity } from "./model/identities/attach.ts";
import { type Backend, readMail, signUp, startBackend } from "./test.setup.ts";

type Section = FunctionArgs<typeof api.account.exportPage>["section"];

const PLAN = {
  ...{ tier: "pro", name: "Pro", kind: { kind: "fixed", days: 30 }, order: 1, state: "published" },
  ...{ priceAmount: 4900, currency: "eur", trialDays: 0, highlights: [] },
  refs: {
    ...{ stripePrice: null, whopPlan: null, whopLink: null },
    ...{ sellappVariant: null, sellappLink: null },
  },
} satisfies Omit<WithoutSystemFields<Doc<"plans">>, "slug">;

let t: Backend;
let jo: Awaited<ReturnType<typeof signUp>>;
let eve: Awaited<ReturnType<typeof signUp>>;

beforeEach(async () => {
  t = startBackend();
  jo = await signUpVerified("jo@example.com");
  eve = await signUpVerified("eve@example.com");
  await t.mutation(internal.staff.makeOwner, { email: "eve@example.com" });
});

async function signUpVerified(email: string) {
  const person = await signUp(t, email);
  const { userId } = person;
  await t.run(async (ctx) => await attachIdentity(ctx, { kind: "email", value: email, userId }));
  return person;
}

async function read({ as }: typeof jo, section: Section): Promise<unknown[]> {
  const rows: unknown[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(as, section, cursor);
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

async function readPage(as: typeof jo.as, section: Section, cursor: string | null) {
  const page = await as.query(api.account.exportPage, { section, cursor });
  if (page.state !== "current") throw new Error(page.state);
  return page;
}

async function beginCheckouts(userId: Id<"users">, count: number, link: string) {
  await t.run(async (ctx) => {
    const planId = await ctx.db.insert("plans", { ...PLAN, slug: link });
    for (let i = 0; i < count; i += 1) {
      await ctx.db.insert("checkouts", {
        ...{ userId, planId, provider: "whop", state: "expired", sessionRef: null, problem: null },
        ...{ terms: { offer: "o", customer: null, trialDays: 0 }, url: `https://${link}/${i}` },
        ...{ startedAtMs: i, expiresAtMs: i + 1, endedAtMs: i + 1 },
      });
    }
  });
}

test("[EXP1] the export has one's checkouts, to the last page, and nobody else's", async () => {
  await beginCheckouts(jo.userId, 205, "jo.test");
  await beginCheckouts(eve.userId, 3, "eve.test");
  const text = JSON.stringify(await read(jo, "checkouts"));
  expect(text.match(/jo\.test/g)).toHaveLength(205);
  expect(text).not.toContain("eve.test");
});

test("[EXP1] the export has what one holds in Discord and what was stopped, and nobody else's", async () => {
  await t.run(async (ctx) => {
    for (const [{ userId }, name] of [
      [jo, "1"],
      [eve, "2"],
    ] as const) {
      const none = { wanted: [], ours: [], given: [], byHand: [], untried: [], attempt: 0 };
      await ctx.db.insert("memberRoles", {
        ...{ ...none, userId, discordId: name.repeat(17), guildId: "9", shard: 0, revision: 1 },
        ...{ state: "settled", dueAtMs: 0, code: null, message: null },
      });
      await ctx.db.insert("stops", {
        ...{ provider: "stripe", what: "checkout", ref: `cs_${name}`, userId, attempts: 1 },
        ...{ reason: "replaced", state: "stopped", dueAtMs: 0, code: null },
        ...{ wantedAtMs: 0, settledAtMs: 1 },
      });
    }
  });
  expect(await read(jo, "discordRoles")).toMatchObject([{ discordId: "1".repeat(17) }]);
  expect(await read(jo, "stops")).toMatchObject([{ ref: "cs_1" }]);
});

test("[EXP1] the export has the addresses that wait for a code, and no code", async () => {
  await jo.as.action(api.account.requestEmailChange, { email: "new@example.com", password: null });
  await jo.as.action(api.identities.requestClaim, { email: "old@example.com" });
  await eve.as.action(api.identities.requestClaim, { email: "eves@example.com" });
  const rows = await read(jo, "pendingChanges");
  expect(rows).toEqual([
    expect.objectContaining({ kind: "emailChange", email: "new@example.com" }),
    expect.objectContaining({ kind: "claim", email: "old@example.com" }),
  ]);
  expect(JSON.stringify(rows)).not.toMatch(/hash/i);
});

test("[EXP1] the export has one's invitations, mails and deeds, and nothing of a secret or of others", async () => {
  await eve.as.action(api.staff.invite, { email: "jo@example.com", role: "operator" });
  const { token } = await readMail(t, "jo@example.com");
  await jo.as.mutation(api.staff.accept, { token });
  await eve.as.action(api.staff.invite, { email: "other@example.com", role: "support" });
  const grant = { userId: eve.userId, tier: "pro", untilMs: null, reason: "eve is ill" } as const;
  await jo.as.mutation(api.access.giveGrant, grant);
  await eve.as.mutation(api.access.giveGrant, { ...grant, userId: jo.userId, reason: "kind" });
  await t.run(async (ctx) => {
    // Eve had this address before Jo had it.
    const once = { email: "jo@example.com", role: "owner", acceptedBy: eve.userId } as const;
    await ctx.db.insert("invitations", {
      ...once,
      ...{ state: "accepted", tokenHash: "t", expiresAtMs: 1 },
    });
  });
  expect(await read(jo, "invitations")).toEqual([
    expect.objectContaining({ email: "jo@example.com", role: "operator", state: "accepted" }),
  ]);
  expect(await read(jo, "mails")).toEqual([
    expect.objectContaining({ to: "jo@example.com", subject: "You are invited to the team" }),
  ]);
  expect(await read(jo, "deeds")).toEqual([
    { atMs: expect.any(Number), action: "staff.accept" },
    { atMs: expect.any(Number), action: "access.giveGrant" },
  ]);
  const about = await read(jo, "deedsAbout");
  expect(about.map((deed) => Object(deed).action)).toEqual(["staff.accept", "access.giveGrant"]);
  expect(Object(about[1]).detail).toContain("kind");
  const sections = ["invitations", "mails", "deeds", "deedsAbout", "grants"] as const;
  const all = JSON.stringify(await Promise.all(sections.map((section) => read(jo, section))));
  for (const foreign of ["eve", eve.userId, "other@example.com", token, "tokenHash"]) {
    expect(all).not.toContain(foreign);
  }
});
