import { planProblems, refsOfPlan } from "@heliograph/domain";
import { expect, test } from "vitest";
import { catalogueSeed, paymentsConfig } from "./payments-world.ts";

const SIM = "http://127.0.0.1:4020";

test("the demo's plans can be sold, and no two are for the same", () => {
  const { plans } = catalogueSeed(SIM);
  for (const plan of plans) {
    const onSale = plans.filter((other) => other !== plan);
    const configured = ["stripe", "whop", "sellapp"] as const;
    const kind = plan.kind as Parameters<typeof planProblems>[0]["kind"];
    const fields = { ...plan, kind };
    const others = onSale.map((other) => ({ ...other, kind: other.kind as typeof kind }));
    expect(planProblems(fields, { onSale: others, configured, allowsLoopback: true })).toEqual([]);
  }
});

test("what the catalogue names is sold at the simulated providers for the same price", () => {
  const config = paymentsConfig({ site: "http://127.0.0.1:3211", web: "http://127.0.0.1:5173" });
  const offered = new Map<string, number>();
  const providers = { price: config.stripe, plan: config.whop, variant: config.sellapp };
  for (const [word, { products }] of Object.entries(providers)) {
    for (const { id, amount } of products.flatMap(({ plans }) => plans)) {
      offered.set(`${word}:${id}`, amount);
    }
  }
  const named = catalogueSeed(SIM).plans.flatMap(({ refs, priceAmount }) =>
    refsOfPlan(refs).map((ref) => [ref, priceAmount] as const),
  );
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(offered));
});
