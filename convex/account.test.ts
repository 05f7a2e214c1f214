import { ConvexError } from "convex/values";
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { attachIdentity } from "./model/identities/attach.ts";
import { type Backend, readMail, signUp, startBackend } from "./test.setup.ts";

vi.mock("./model/people/passwordCost.ts", () => ({ PASSWORD_COST: { N: 2, r: 1, p: 1 } }));

const EMAIL = "jo@example.com";
const PASSWORD = "oak lamp river nine";
const OTHER = "another long phrase 7";

let t: Backend;
let jo: Awaited<ReturnType<typeof signUpWithPassword>>;

beforeEach(async () => {
  t = startBackend();
  jo = await signUpWithPassword(EMAIL);
});

/** A verified person with a password. */
async function signUpWithPassword(email: string) {
  const person = await signUp(t, email);
  const secret = await t.action(internal.passwordHashes.hash, { password: PASSWORD });
  await t.run(async (ctx) => {
    await ctx.db.insert("authAccounts", {
      userId: person.userId,
      provider: "password",
      providerAccountId: email,
      emailVerified: email,
      secret,
    });
    await attachIdentity(ctx, { kind: "email", value: email, userId: person.userId });
  });
  return person;
}

async function openSession(userId: Id<"users">) {
  return await t.run(async (ctx) => {
    const expirationTime = Date.now() + 60_000;
    const sessionId = await ctx.db.insert("authSessions", { userId, expirationTime });
    await ctx.db.insert("authRefreshTokens", { sessionId, expirationTime });
    return sessionId;
  });
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error("it was allowed"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConvexError)) throw error;
  return error.data.code;
}

async function buy(userId: Id<"users">, anchor: string, email: string, renews: boolean) {
  return await t.run(async (ctx) => {
    const planId = await ctx.db.insert("plans", {
      slug: anchor,
      tier: "pro",
      name: "Pro monthly",
      kind: { kind: "recurring", every: "month" },
      priceAmount: 4900,
      currency: "eur",
      trialDays: 0,
      highlights: [],
      order: 1,
      state: "published",
      refs: {
        stripePrice: null,
        whopPlan: null,
        whopLink: null,
        sellappVariant: null,
        sellappLink: null,
      },
    });
    return await ctx.db.insert("purchases", {
      provider: "stripe",
      anchor,
      userId,
      planId,
      kind: "recurring",
      status: renews
        ? { state: "active", renewsAtMs: Date.now() + 1e6 }
        : { state: "ended", atMs: 2 },
      terms: [],
      paidAtMs: 1,
      amount: 4900,
      amountRefunded: 0,
      currency: "eur",
      isTrial: false,
      isTrialRefused: false,
      warnings: 0,
      problem: null,
      buyerCarriedId: userId,
      buyerCustomer: "cus_1",
      buyerEmail: email,
      productRefs: [],
      updatedAtMs: 1,
    });
  });
}

async function storeEvent(key: string, body: object, receivedAtMs = 5) {
  return await t.run(
    async (ctx) =>
      await ctx.db.insert("paymentEvents", {
        provider: "stripe",
        key,
        type: "invoice.paid",
        body: JSON.stringify(body),
        origin: "webhook",
        occurredAtMs: 1,
        receivedAtMs,
        state: "applied",
        cause: null,
        detail: null,
        attempts: 0,
      }),
  );
}

const eventTexts = async () =>
  (await t.run(async (ctx) => await ctx.db.query("paymentEvents").take(500))).map(
    ({ body }) => body,
  );

test("[SES1] sessions are listed, and one that is ended is nobody at once", async () => {
  const other = await openSession(jo.userId);
  const listed = await jo.as.query(api.account.sessions, {});
  if (listed.state !== "current") throw new Error(listed.state);
  expect(listed.sessions.map(({ sessionId, isThis }) => [sessionId, isThis])).toEqual([
    [other, false],
    [jo.sessionId, true],
  ]);
  await jo.as.mutation(api.account.endSession, { sessionId: jo.sessionId });
  expect(await jo.as.query(api.account.me, {})).toEqual({ state: "signedOut" });
  expect(await codeOf(jo.as.mutation(api.account.rename, { name: "x" }))).toBe("unauthenticated");
});

test("[SES1] ending the others leaves this one, and nobody ends somebody else's", async () => {
  const other = await openSession(jo.userId);
  const eve = await signUp(t, "eve@example.com");
  await eve.as.mutation(api.account.endSession, { sessionId: other });
  expect(await t.run(async (ctx) => await ctx.db.get("authSessions", other))).not.toBeNull();
  expect(await jo.as.mutation(api.account.endOtherSessions, {})).toEqual({ ended: 1 });
  expect(await jo.as.query(api.account.me, {})).toMatchObject({ state: "current", email: EMAIL });
  const tokens = await t.run(async (ctx) => await ctx.db.query("authRefreshTokens").take(9));
  expect(tokens).toEqual([]);
});

test("[SES2] changing the password needs the current one and ends every other session", async () => {
  const other = await openSession(jo.userId);
  const wrong = jo.as.action(api.account.changePassword, { current: OTHER, next: OTHER });
  expect(await codeOf(wrong)).toBe("wrong_password");
  const weak = jo.as.action(api.account.changePassword, { current: PASSWORD, next: "password12" });
  expect(await codeOf(weak)).toBe("weak_password");
  await jo.as.action(api.account.changePassword, { current: PASSWORD, next: OTHER });
  expect(await t.run(async (ctx) => await ctx.db.get("authSessions", other))).toBeNull();
  await jo.as.action(api.account.changePassword, { current: OTHER, next: PASSWORD });
});

test("[SES4] a new password ends the oldest of very many sessions, too, and none that began after it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const stolen = await openSession(jo.userId);
  await t.run(async (ctx) => {
    const session = { userId: jo.userId, expirationTime: Date.now() + 60_000 };
    for (let i = 0; i < 1_100; i += 1) await ctx.db.insert("authSessions", session);
    const token = { sessionId: stolen, expirationTime: Date.now() + 60_000 };
    for (let i = 0; i < 4_100; i += 1) await ctx.db.insert("authRefreshTokens", token);
  });
  await jo.as.action(api.account.changePassword, { current: PASSWORD, next: OTHER });
  const later = await openSession(jo.userId);
  await t.finishAllScheduledFunctions(vi.runAllTimers);
  vi.useRealTimers();
  const left = await t.run(async (ctx) => [
    (await ctx.db.query("authSessions").collect()).map(({ _id }) => _id),
    (await ctx.db.query("authRefreshTokens").collect()).map(({ sessionId }) => sessionId),
  ]);
  expect(left).toEqual([[jo.sessionId, later], [later]]);
});

test("[SES3] after a merge the password of either e-mail is confirmed, and a new one replaces both", async () => {
  const email = "second@example.com";
  const secret = await t.action(internal.passwordHashes.hash, { password: OTHER });
  await t.run(async (ctx) => {
    const account = { provider: "password", providerAccountId: email, emailVerified: email };
    await ctx.db.insert("authAccounts", { userId: jo.userId, ...account, secret });
  });
  const next = "a third phrase of words";
  await jo.as.action(api.account.changePassword, { current: OTHER, next });
  for (const address of [EMAIL, email]) {
    const account = await t.query(internal.signIns.findAccount, { email: address });
    const hash = account?.secret ?? null;
    expect(await t.action(internal.passwordHashes.verify, { password: next, hash })).toBe(true);
  }
});

test("[MAILCH1] a new e-mail counts when its code has proven it, and the old one is free then", async () => {
  const ask = { email: "New@Example.com", password: PASSWORD };
  await jo.as.action(api.account.requestEmailChange, ask);
  expect(await jo.as.query(api.account.me, {})).toMatchObject({
    email: EMAIL,
    newEmail: "new@example.com",
  });
  expect(await jo.as.mutation(api.account.confirmEmailChange, { code: "AAAAAAAA" })).toBe("wrong");
  const { code } = await readMail(t, "new@example.com");
  expect(await jo.as.mutation(api.account.confirmEmailChange, { code })).toBe("changed");
  expect(await jo.as.query(api.account.me, {})).toMatchObject({
    email: "new@example.com",
    newEmail: null,
  });
  expect((await readMail(t, EMAIL)).subject).toBe("Your account has changed");
  const eve = await signUp(t, "eve@example.com");
  const attached = await t.run(
    async (ctx) => await attachIdentity(ctx, { kind: "email", value: EMAIL, userId: eve.userId }),
  );
  expect(attached).toBe("attached");
});

test("[MAILCH1] an address of another account is refused once it is proven, and changes nothing", async () => {
  await signUpWithPassword("eve@example.com");
  const ask = { email: "eve@example.com", password: PASSWORD };
  await jo.as.action(api.account.requestEmailChange, ask);
  const { code } = await readMail(t, "eve@example.com");
  const taken = jo.as.mutation(api.account.confirmEmailChange, { code });
  expect(await codeOf(taken)).toBe("email_taken");
  expect(await jo.as.query(api.account.me, {})).toMatchObject({ email: EMAIL });
});

test("[MAILCH2] a code in the old mailbox opens nothing once the address has changed", async () => {
  const reset = { flow: "reset", email: EMAIL };
  await t.action(api.auth.signIn, { provider: "password", params: reset });
  const stolen = (await readMail(t, EMAIL)).code;
  await jo.as.action(api.account.requestEmailChange, {
    email: "n@example.com",
    password: PASSWORD,
  });
  const { code } = await readMail(t, "n@example.com");
  await jo.as.mutation(api.account.confirmEmailChange, { code });
  const params = {
    flow: "reset-verification",
    email: "n@example.com",
    code: stolen,
    newPassword: OTHER,
  };
  expect(await codeOf(t.action(api.auth.signIn, { provider: "password", params }))).toBe(
    "wrong_code",
  );
  expect(await jo.as.query(api.account.me, {})).toMatchObject({ email: "n@example.com" });
});

test("[MAILCH1] an address with a second password of one's own has one password afterwards", async () => {
  const email = "second@example.com";
  await t.run(async (ctx) => {
    await attachIdentity(ctx, { kind: "email", value: email, userId: jo.userId });
    const account = { provider: "password", providerAccountId: email, emailVerified: email };
    await ctx.db.insert("authAccounts", { userId: jo.userId, ...account, secret: "scrypt:1" });
  });
  await jo.as.action(api.account.requestEmailChange, { email, password: PASSWORD });
  const { code } = await readMail(t, email);
  await jo.as.mutation(api.account.confirmEmailChange, { code });
  const known = await t.query(internal.signIns.findAccount, { email });
  expect(known).toMatchObject({ userId: jo.userId, email });
  await jo.as.action(api.account.changePassword, { current: PASSWORD, next: OTHER });
});

test("[MAILCH1] after a merge, too, nobody signs in with the old address any more", async () => {
  const old = "old@example.com";
  await t.run(async (ctx) => {
    await attachIdentity(ctx, { kind: "email", value: old, userId: jo.userId });
    const account = { provider: "password", providerAccountId: old, emailVerified: old };
    await ctx.db.insert("authAccounts", { userId: jo.userId, ...account, secret: "scrypt:1" });
    await ctx.db.patch("users", jo.userId, { email: old });
  });
  const ask = { email: "n@example.com", password: PASSWORD };
  await jo.as.action(api.account.requestEmailChange, ask);
  const { code } = await readMail(t, "n@example.com");
  await jo.as.mutation(api.account.confirmEmailChange, { code });
  expect(await t.query(internal.signIns.findAccount, { email: old })).toBeNull();
  expect(await t.query(internal.signIns.findAccount, { email: EMAIL })).not.toBeNull();
});

test("[MAILCH1] a second password with the new address does not stay beside the first", async () => {
  const other = "second@example.com";
  await t.run(async (ctx) => {
    const account = { provider: "password", providerAccountId: other, emailVerified: other };
    await ctx.db.insert("authAccounts", { userId: jo.userId, secret: "x", ...account });
    await attachIdentity(ctx, { kind: "email", value: other, userId: jo.userId });
  });
  await jo.as.action(api.account.requestEmailChange, { email: other, password: PASSWORD });
  const { code } = await readMail(t, other);
  expect(await jo.as.mutation(api.account.confirmEmailChange, { code })).toBe("changed");
  const accounts = await t.run(async (ctx) => await ctx.db.query("authAccounts").collect());
  const ids = accounts.map(({ providerAccountId }) => providerAccountId);
  expect(ids.filter((id) => id === other)).toHaveLength(1);
});

test("[MAILCH1] eight wrong codes are the last", async () => {
  await jo.as.action(api.account.requestEmailChange, {
    email: "n@example.com",
    password: PASSWORD,
  });
  const { code } = await readMail(t, "n@example.com");
  for (let i = 0; i < 8; i += 1) {
    await jo.as.mutation(api.account.confirmEmailChange, { code: "AAAAAAAA" });
  }
  expect(await jo.as.mutation(api.account.confirmEmailChange, { code })).toBe("wrong");
});

test("[EXP1] the export has everything about the person in pages, and nothing of a secret or of others", async () => {
  for (let i = 0; i < 205; i += 1) await buy(jo.userId, `subscription:sub_${i}`, EMAIL, false);
  const eve = await signUp(t, "eve@example.com");
  await buy(eve.userId, "subscription:other", "eve@example.com", false);
  const rows: unknown[] = [];
  for (const section of ["account", "identities", "sessions", "purchases"] as const) {
    let cursor: string | null = null;
    do {
      const page: { state: string; rows?: unknown[]; cursor?: string | null } = await jo.as.query(
        api.account.exportPage,
        { section, cursor },
      );
      rows.push(...(page.rows ?? []));
      cursor = page.cursor ?? null;
    } while (cursor !== null);
  }
  const text = JSON.stringify(rows);
  expect(text.match(/subscription:sub_/g)).toHaveLength(205);
  expect(text).toContain(EMAIL);
  expect(text).not.toMatch(/scrypt|eve@example/);
});

test("[DEL3] a purchase that renews stops the deletion and is named, unless one insists", async () => {
  await buy(jo.userId, "subscription:sub_1", EMAIL, true);
  const refused = jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  const error = await refused.catch((thrown: unknown) => thrown);
  expect(Object(error).data).toMatchObject({
    code: "renewals_running",
    plans: ["Pro monthly (stripe)"],
  });
  expect(await jo.as.query(api.account.me, {})).toMatchObject({ state: "current" });
  await jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: true });
  expect(await jo.as.query(api.account.me, {})).toEqual({ state: "signedOut" });
});

test("[DEL1] after a deletion nothing stored names the person, through every batch and a day later", async () => {
  vi.useFakeTimers();
  await buy(jo.userId, "subscription:sub_1", EMAIL, false);
  await t.run(async (ctx) => {
    const link = { provider: "stripe", ref: "subscription:sub_1", other: "charge:ch_9" } as const;
    await ctx.db.insert("paymentRefs", link);
  });
  const details = { email: "Jo@Example.com", name: "Jo Miller", address: { city: "Graz" } };
  for (let i = 0; i < 120; i += 1) {
    await storeEvent(`e${i}`, { customer: "cus_1", customer_details: details }, 5 + (i % 2));
  }
  const eve = { customer: "cus_2", customer_details: { email: "eve@example.com", name: "Eve" } };
  await storeEvent("eve", eve);
  await storeEvent("charge", { charge: "ch_9", billing_details: { name: "Jo Miller" } });
  await jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  await storeEvent("late", { customer: "cus_1", customer_details: details }, Date.now() + 1000);
  await t.finishAllScheduledFunctions(vi.runAllTimers);
  const texts = await eventTexts();
  expect(texts).toHaveLength(123);
  expect(texts.filter((text) => /jo@example|Miller|Graz/i.test(text))).toEqual([]);
  expect(texts).toContain(JSON.stringify(eve));
  const left = await t.run(async (ctx) => ({
    users: await ctx.db.query("users").take(9),
    identities: await ctx.db.query("identities").take(9),
    accounts: await ctx.db.query("authAccounts").take(9),
    sessions: await ctx.db.query("authSessions").take(9),
    purchases: await ctx.db.query("purchases").take(9),
    mails: await ctx.db.query("mails").take(9),
    erasures: await ctx.db.query("erasures").take(9),
  }));
  expect(JSON.stringify(left)).not.toMatch(/jo@example/i);
  expect([left.accounts, left.sessions, left.erasures]).toEqual([[], [], []]);
  vi.useRealTimers();
}, 20_000);

test("[DEL1] neither mails to any address of theirs nor checkouts nor open claims name the person", async () => {
  const purchase = await buy(jo.userId, "subscription:sub_1", EMAIL, false);
  const planId = await t.run(async (ctx) => {
    await attachIdentity(ctx, { kind: "email", value: "jo@work.example", userId: jo.userId });
    return (await ctx.db.get("purchases", purchase))?.planId ?? null;
  });
  if (planId === null) throw new Error("no plan");
  await t.run(async (ctx) => {
    await ctx.db.insert("checkouts", {
      userId: jo.userId,
      planId,
      provider: "whop",
      state: "open",
      terms: { offer: "https://whop.test/p", customer: null, trialDays: 0 },
      sessionRef: null,
      url: "https://whop.test/p?email=jo%40example.com",
      problem: null,
      startedAtMs: 1,
      expiresAtMs: Date.now() + 1e6,
      endedAtMs: null,
    });
  });
  await jo.as.action(api.account.requestEmailChange, {
    email: "jo@new.example",
    password: PASSWORD,
  });
  for (const email of ["jo@work.example", "jo@claimed.example"]) {
    await jo.as.action(api.identities.requestClaim, { email });
  }
  await jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  const left = await t.run(async (ctx) => ({
    checkouts: await ctx.db.query("checkouts").take(9),
    claims: await ctx.db.query("emailClaims").take(9),
    mails: await ctx.db.query("mails").take(9),
  }));
  expect(JSON.stringify(left)).not.toMatch(/jo(@|%40)/);
});

test("[DEL1] large bodies are rewritten in batches that a transaction can read", async () => {
  vi.useFakeTimers();
  for (let i = 0; i < 12; i += 1) {
    await storeEvent(`e${i}`, { customer_email: EMAIL, filler: "x".repeat(900_000) });
  }
  await jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  const erasure = await t.run(async (ctx) => await ctx.db.query("erasures").unique());
  if (erasure === null) throw new Error("no erasure");
  await t.mutation(internal.erasures.run, { erasureId: erasure._id });
  const rewritten = (await eventTexts()).filter((text) => !text.includes(EMAIL)).length;
  expect(rewritten).toBeGreaterThan(0);
  expect(rewritten).toBeLessThan(8);
  await t.finishAllScheduledFunctions(vi.runAllTimers);
  expect((await eventTexts()).filter((text) => text.includes(EMAIL))).toEqual([]);
  vi.useRealTimers();
}, 20_000);

test("[DEL2] ids and amounts stay in the events of a deleted person", async () => {
  vi.useFakeTimers();
  const event = { id: "evt_1", customer: "cus_1", amount: 4900, client_reference_id: jo.userId };
  await buy(jo.userId, "subscription:sub_1", EMAIL, false);
  await storeEvent("e", { ...event, customer_email: EMAIL });
  await jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  await t.finishAllScheduledFunctions(vi.runAllTimers);
  expect(JSON.parse((await eventTexts())[0] ?? "")).toMatchObject(event);
  vi.useRealTimers();
});

test("[IDN1] the e-mail of a deleted account is free for whoever proves it next", async () => {
  await jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  const next = await signUpWithPassword(EMAIL);
  expect(await next.as.query(api.account.me, {})).toMatchObject({ email: EMAIL });
  expect(next.userId).not.toBe(jo.userId);
});

test("[IDN1] an identity of a living user is taken, and attaching one's own again changes nothing", async () => {
  const eve = await signUp(t, "eve@example.com");
  const attach = async (userId: Id<"users">) =>
    await t.run(async (ctx) => await attachIdentity(ctx, { kind: "email", value: EMAIL, userId }));
  expect(await attach(eve.userId)).toBe("taken");
  expect(await attach(jo.userId)).toBe("alreadyYours");
});

test("[IDN2] attaching twice leaves one row", async () => {
  const identity = { kind: "whopUser", value: "user_1", userId: jo.userId } as const;
  await t.run(async (ctx) => await attachIdentity(ctx, identity));
  await t.run(async (ctx) => await attachIdentity(ctx, identity));
  const rows = await t.run(async (ctx) => await ctx.db.query("identities").take(9));
  expect(rows.filter(({ kind }) => kind === "whopUser")).toHaveLength(1);
});

test("[DEL4] the last owner cannot delete the account", async () => {
  await t.mutation(internal.staff.makeOwner, { email: EMAIL });
  const refused = jo.as.action(api.account.remove, { password: PASSWORD, despiteRenewals: false });
  expect(await codeOf(refused)).toBe("last_owner");
});
