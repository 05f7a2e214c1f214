import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "./_generated/api.js";
import {
  attach,
  deliver,
  makeProPlan,
  paidCheckout,
  rowsOf,
  sellappOrder,
  signUpVerified,
  startPayments,
  stripeEvent,
  tierOf,
} from "./payments.setup.ts";
import { type Backend, codeOf, signUp } from "./test.setup.ts";

const NOW_MS = Date.parse("2026-11-27T12:00:00Z");

let t: Backend;
beforeEach(async () => {
  vi.useFakeTimers({ now: NOW_MS });
  t = startPayments();
  await makeProPlan(t);
});
afterEach(() => vi.useRealTimers());

const completed = (changes: Record<string, unknown> = {}) =>
  stripeEvent("checkout.session.completed", paidCheckout(changes));

/** The code in the newest mail to that address. */
async function codeTo(email: string): Promise<string> {
  const mails = await t.run(
    async (ctx) =>
      await ctx.db
        .query("mails")
        .withIndex("by_to", (q) => q.eq("to", email))
        .collect(),
  );
  return /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(mails.at(-1)?.text ?? "")?.[0] ?? "";
}

describe("bought with another e-mail", () => {
  test("[CLAIM1] who enters the mailed code has what was bought", async () => {
    const buyer = await signUpVerified(t, "new@example.com");
    await deliver(t, "stripe", completed({ customer_details: { email: "Old@example.com" } }));
    await buyer.as.action(api.identities.requestClaim, { email: "OLD@example.com" });
    const code = await codeTo("old@example.com");
    const claim = { email: "old@example.com", code: code.toLowerCase() };
    expect(await buyer.as.mutation(api.identities.confirmClaim, claim)).toBe("attached");
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[CLAIM1] a wrong code, too many tries and an hour end it", async () => {
    const buyer = await signUpVerified(t, "new@example.com");
    const other = await signUpVerified(t, "thief@example.com");
    const email = "old@example.com";
    await buyer.as.action(api.identities.requestClaim, { email });
    const code = await codeTo(email);
    const confirm = api.identities.confirmClaim;
    expect(await other.as.mutation(confirm, { email, code })).toBe("wrong");
    vi.setSystemTime(NOW_MS + 3_600_000);
    expect(await buyer.as.mutation(confirm, { email, code })).toBe("wrong");
    vi.setSystemTime(NOW_MS);
    for (let n = 0; n < 8; n += 1) {
      expect(await buyer.as.mutation(confirm, { email, code: "AAAA-AAAA" })).toBe("wrong");
    }
    expect(await buyer.as.mutation(confirm, { email, code })).toBe("wrong");
    expect((await rowsOf(t, "identities")).map(({ value }) => value)).not.toContain(email);
  });

  test("[CLAIM2] an address that is somebody else's stays theirs", async () => {
    const owner = await signUpVerified(t, "old@example.com");
    const buyer = await signUpVerified(t, "new@example.com");
    await buyer.as.action(api.identities.requestClaim, { email: "old@example.com" });
    const claim = { email: "old@example.com", code: await codeTo("old@example.com") };
    await expect(buyer.as.mutation(api.identities.confirmClaim, claim)).rejects.toMatchObject({
      data: { code: "identity_taken" },
    });
    const row = (await rowsOf(t, "identities")).find(({ value }) => value === "old@example.com");
    expect(row).toMatchObject({ userId: owner.userId });
  });
});

describe("merging two accounts of one person", () => {
  async function twoAccounts() {
    const operator = await signUp(t, "operator@example.com", "operator");
    const from = await signUpVerified(t, "from@example.com");
    const into = await signUpVerified(t, "into@example.com");
    await deliver(t, "stripe", completed({ client_reference_id: from.userId }));
    await t.run(async (ctx) => {
      const gift = {
        tier: "basic",
        fromMs: 0,
        untilMs: null,
        reason: "gift",
        revokedAtMs: null,
      } as const;
      await ctx.db.insert("grants", { userId: from.userId, ...gift });
      const account = { provider: "discord", providerAccountId: "1" };
      await ctx.db.insert("authAccounts", { userId: from.userId, ...account });
    });
    const emails = { fromEmail: "from@example.com", intoEmail: "into@example.com" };
    return { operator: operator.as, from, into, emails };
  }

  test("[MERGE2] the preview names what will move and what stands against it", async () => {
    const { operator, emails } = await twoAccounts();
    const answer = await operator.query(api.identities.preview, emails);
    expect(answer).toMatchObject({
      preview: {
        conflicts: [],
        identities: [{ kind: "email" }, { kind: "stripeCustomer", value: "cus_1" }],
        purchases: [{ anchor: "checkout:cs_1" }],
        grants: [{ reason: "gift" }],
        waysToSignIn: ["discord"],
      },
    });
    await signUp(t, "staff@example.com", "support");
    await t.run(async (ctx) => {
      const user = await ctx.db
        .query("users")
        .withIndex("email", (q) => q.eq("email", "from@example.com"))
        .unique();
      if (user !== null) await ctx.db.insert("staff", { userId: user._id, role: "support" });
    });
    expect(await operator.query(api.identities.preview, emails)).toMatchObject({
      preview: { conflicts: ["is_staff"] },
    });
    await expect(operator.mutation(api.identities.merge, emails)).rejects.toMatchObject({
      data: { code: "merge_conflict" },
    });
  });

  test("[MERGE4] nobody's way to sign in is moved into an account of staff", async () => {
    const { operator, into, emails } = await twoAccounts();
    await t.run(
      async (ctx) => await ctx.db.insert("staff", { userId: into.userId, role: "owner" }),
    );
    expect(await operator.query(api.identities.preview, emails)).toMatchObject({
      preview: { conflicts: ["is_staff"] },
    });
    await expect(operator.mutation(api.identities.merge, emails)).rejects.toMatchObject({
      data: { code: "merge_conflict" },
    });
    const accounts = await t.run(async (ctx) => await ctx.db.query("authAccounts").collect());
    expect(accounts.map(({ userId }) => userId)).not.toContain(into.userId);
  });

  test("[MERGE1] everything moves and nothing belongs to both; the log has it", async () => {
    const { operator, from, into, emails } = await twoAccounts();
    await operator.mutation(api.identities.merge, emails);
    expect(await tierOf(t, from.userId)).toBeNull();
    expect(await tierOf(t, into.userId)).toBe("pro");
    const owners = (await rowsOf(t, "identities")).map(({ userId }) => userId);
    expect(new Set(owners)).toEqual(new Set([into.userId]));
    const rest = await t.run(async (ctx) => ({
      grants: await ctx.db.query("grants").collect(),
      accounts: await ctx.db.query("authAccounts").collect(),
      sessions: await ctx.db.query("authSessions").collect(),
      log: await ctx.db.query("auditLog").collect(),
    }));
    expect(rest.grants).toMatchObject([{ userId: into.userId }]);
    expect(rest.accounts).toMatchObject([{ userId: into.userId }]);
    expect(rest.sessions.map(({ userId }) => userId)).not.toContain(from.userId);
    expect(rest.log).toMatchObject([{ action: "identities.merge", subject: into.userId }]);
    expect((await from.as.query(api.identities.mine, {})).state).toBe("signedOut");
  });

  test("[MERGE5] of two passwords only that of the account that stays is left", async () => {
    const { operator, from, into, emails } = await twoAccounts();
    await t.run(async (ctx) => {
      for (const [{ userId }, email] of [
        [from, emails.fromEmail],
        [into, emails.intoEmail],
      ] as const) {
        const account = { provider: "password", providerAccountId: email, emailVerified: email };
        await ctx.db.insert("authAccounts", { userId, secret: "x", ...account });
      }
    });
    expect(await operator.query(api.identities.preview, emails)).toMatchObject({
      preview: { waysToSignIn: ["discord"] },
    });
    await operator.mutation(api.identities.merge, emails);
    const accounts = await t.run(async (ctx) => await ctx.db.query("authAccounts").collect());
    expect(accounts.map(({ providerAccountId }) => providerAccountId).sort()).toEqual([
      "1",
      emails.intoEmail,
    ]);
    expect(new Set(accounts.map(({ userId }) => userId))).toEqual(new Set([into.userId]));
  });

  test("[MERGE3] what is bought later with the closed account's id is the other's", async () => {
    const { operator, from, into, emails } = await twoAccounts();
    await operator.mutation(api.identities.merge, emails);
    const late = { id: "cs_9", payment_intent: "pi_9", customer: "cus_9" };
    await deliver(t, "stripe", completed({ ...late, client_reference_id: from.userId }));
    expect((await rowsOf(t, "purchases"))[1]).toMatchObject({ userId: into.userId });
  });

  test("[IDN3] a purchase that cannot be settled keeps none of the others from its buyer", async () => {
    const former = await signUp(t, "former@example.com");
    await deliver(t, "stripe", completed({ client_reference_id: former.userId, customer: null }));
    const other = { id: "cs_2", payment_intent: "pi_2", customer: null };
    await deliver(t, "stripe", completed(other));
    await t.run(async (ctx) => {
      const access = { tier: "basic", untilMs: null, shard: 1 } as const;
      await ctx.db.insert("access", { userId: former.userId, ...access }); // a second row: undecidable
    });
    const buyer = await signUpVerified(t, "buyer@example.com");
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[OWN3] a purchase stays with who had its e-mail when it was bought", async () => {
    const first = await signUpVerified(t, "buyer@example.com");
    const order = sellappOrder("order.completed", "COMPLETED");
    await deliver(t, "sellapp", order);
    await t.run(async (ctx) => {
      for (const row of await ctx.db.query("identities").collect())
        await ctx.db.delete("identities", row._id);
    });
    const second = await signUp(t, "second@example.com");
    await attach(t, second.userId, "email", "buyer@example.com");
    expect(await tierOf(t, first.userId)).toBe("pro");
    expect(await tierOf(t, second.userId)).toBeNull();
  });
});

describe("freeing an identity", () => {
  const release = async (kind: "email" | "stripeCustomer" | "whopUser", value: string) =>
    await codeOf(
      operator.as.mutation(api.identities.release, { kind, value, reason: "typed it wrongly" }),
    );
  let operator: Awaited<ReturnType<typeof signUp>>;
  beforeEach(async () => {
    operator = await signUp(t, "op@example.com", "operator");
  });

  test("[FREE1] what was bought with a claimed address goes to who proves it next", async () => {
    const wrong = await signUpVerified(t, "wrong@example.com");
    await attach(t, wrong.userId, "email", "buyer@example.com");
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED"));
    expect(await tierOf(t, wrong.userId)).toBe("pro");
    expect(await release("email", "buyer@example.com")).toEqual({ purchases: 1 });
    expect(await tierOf(t, wrong.userId)).toBeNull();
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: null, problem: "no_user" }]);
    const right = await signUpVerified(t, "buyer@example.com");
    expect([await tierOf(t, wrong.userId), await tierOf(t, right.userId)]).toEqual([null, "pro"]);
  });

  test("[FREE1] what leads to the account otherwise stays theirs", async () => {
    const owner = await signUpVerified(t, "owner@example.com");
    await attach(t, owner.userId, "email", "buyer@example.com");
    const carried = { client_reference_id: owner.userId, customer: null };
    await deliver(t, "stripe", completed(carried));
    expect(await release("email", "buyer@example.com")).toEqual({ purchases: 1 });
    expect(await tierOf(t, owner.userId)).toBe("pro");
  });

  test("[FREE2] the address one signs in with is not freed, nor a customer of one's own checkout", async () => {
    const owner = await signUpVerified(t, "owner@example.com");
    expect(await release("email", "owner@example.com")).toBe("way_in");
    await deliver(t, "stripe", completed({ client_reference_id: owner.userId }));
    expect(await release("stripeCustomer", "cus_1")).toBe("proven_by_checkout");
    expect(await release("whopUser", "user_none")).toBe("not_found");
    const kinds = (await rowsOf(t, "identities")).map(({ kind, userId }) => [kind, userId]);
    expect(kinds).toEqual([
      ["email", owner.userId],
      ["stripeCustomer", owner.userId],
    ]);
  });

  test("[FREE3] freeing needs a reason, which is in the audit log without the address", async () => {
    const wrong = await signUpVerified(t, "wrong@example.com");
    await attach(t, wrong.userId, "email", "buyer@example.com");
    const empty = { kind: "email", value: "buyer@example.com", reason: " " } as const;
    expect(await codeOf(operator.as.mutation(api.identities.release, empty))).toBe(
      "reason_missing",
    );
    await release("email", "buyer@example.com");
    const deeds = await t.run(async (ctx) => await ctx.db.query("auditLog").collect());
    expect(deeds).toMatchObject([
      { action: "identities.release", subject: wrong.userId, detail: "email: typed it wrongly" },
    ]);
    const identities = await rowsOf(t, "identities");
    expect(identities.filter(({ value }) => value === "buyer@example.com")).toEqual([]);
  });
});
