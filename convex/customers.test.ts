import { beforeEach, expect, test } from "vitest";
import { api } from "./_generated/api.js";
import { buy, makePlan } from "./access.setup.ts";
import { type Backend, signUp, startBackend } from "./test.setup.ts";

let t: Backend;
let support: Awaited<ReturnType<typeof signUp>>;
let mara: Awaited<ReturnType<typeof signUp>>;

beforeEach(async () => {
  t = startBackend();
  support = await signUp(t, "support@example.com", "support");
  mara = await signUp(t, "mara@example.com");
});

async function find(text: string) {
  const answer = await support.as.query(api.customers.find, { text });
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.customers.map(({ userId, by }) => [userId, by]);
}

test("[CUS1] a customer is found by e-mail, its beginning, user id and provider ids", async () => {
  const product = await makePlan(t, "basic");
  const spans = [{ fromMs: 0, untilMs: null }];
  const bought = { kind: "recurring", product, paidAtMs: 0, spans } as const;
  const purchaseId = await buy(t, mara.userId, bought);
  await t.run(async (ctx) => {
    await ctx.db.patch("purchases", purchaseId, { anchor: "subscription:sub_9" });
    const provider = "stripe" as const;
    const link = { provider, ref: "charge:ch_9", other: "subscription:sub_9" };
    await ctx.db.insert("paymentRefs", link);
    const identity = { kind: "discord", value: "42", userId: mara.userId, sinceMs: 0 } as const;
    await ctx.db.insert("identities", identity);
  });
  expect(await find("mara@example.com")).toEqual([[mara.userId, "e-mail"]]);
  expect(await find(" MARA@")).toEqual([[mara.userId, "e-mail"]]);
  expect(await find(mara.userId)).toEqual([[mara.userId, "user id"]]);
  expect(await find("42")).toEqual([[mara.userId, "discord"]]);
  for (const id of ["sub_9", "ch_9"]) {
    expect(await find(id)).toEqual([[mara.userId, "stripe subscription:sub_9"]]);
  }
  expect(await find("nobody")).toEqual([]);
  expect(await find(" ")).toEqual([]);
});

test("[CUS2] a customer's page has access, purchases, identities and grants; a made-up id has none", async () => {
  const product = await makePlan(t, "pro");
  const spans = [{ fromMs: 0, untilMs: null }];
  await buy(t, mara.userId, { kind: "recurring", product, paidAtMs: 0, spans });
  const answer = await support.as.query(api.customers.show, { userId: mara.userId });
  expect(answer).toMatchObject({
    customer: {
      email: "mara@example.com",
      access: { tier: "pro", untilMs: null },
      purchases: [{ provider: "stripe", terms: spans }],
      grants: [],
    },
  });
  const nobody = await support.as.query(api.customers.show, { userId: "nobody" });
  expect(nobody).toMatchObject({ customer: null });
});
