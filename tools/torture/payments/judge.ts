/** Holds everybody's access, as the deployment sees it, against the truth of the providers. */
import { ConvexHttpClient } from "convex/browser";
import type { Purchase } from "payments-sim";
import { api } from "../../../convex/_generated/api.js";
import type { Id } from "../../../convex/_generated/dataModel.js";
import { issueMachine, readTable } from "../../deployment/admin.ts";
import type { Customer } from "../../deployment/customers.ts";
import type { EngineProcess } from "../../deployment/engine-process.ts";

import { planAt, TIERS, type Tier } from "./shop.ts";
import { type Held, tierAt } from "./truth/held.ts";

const DAY_MS = 86_400_000;
const WHAT_IF_DAYS = [0, 1, 2.5, 4, 9, 21, 40, 100];

export interface Verdict {
  readonly wrong: readonly string[]; // one sentence a person
}

/** Looks at everybody's row, and at what would be so at several times. */
export async function judge(
  engine: EngineProcess,
  customers: readonly Customer[],
  held: readonly Held[],
  bySim: readonly Purchase[],
): Promise<Verdict> {
  const rows = await readTable(engine, "access");
  const rowOf = new Map(rows.map(({ userId, tier }) => [String(userId), tier as Tier]));
  const ask = await explainer(engine);
  const wrong: string[] = [];
  for (const { userId, email } of customers) {
    const own = held.filter((found) => found.email === email);
    const faults: string[] = [];
    const nowMs = Date.now();
    const says = (what: string, is: Tier | null, wanted: Tier | null) => {
      if (is !== wanted)
        faults.push(`${what} has ${is ?? "nothing"} instead of ${wanted ?? "nothing"}`);
    };
    says("row", rowOf.get(userId) ?? null, tierAt(own, TIERS, nowMs));
    for (const days of WHAT_IF_DAYS) {
      const atMs = nowMs + days * DAY_MS;
      says(`in ${days} days`, await ask(userId, atMs), tierAt(own, TIERS, atMs));
    }
    const least = leastBySim(bySim.filter((purchase) => purchase.email === email));
    if (rank(least) > rank(rowOf.get(userId) ?? null)) {
      faults.push(`row is less than ${least}, which the simulator itself gives`);
    }
    if (faults.length > 0) wrong.push(`${email}: ${faults.join("; ")}`);
  }
  return { wrong };
}

/** The simulator's own verdict has no grace and no days given back: nobody may have less than that. */
function leastBySim(purchases: readonly Purchase[]): Tier | null {
  const tiers = purchases.flatMap(({ provider, access }) =>
    access === null ? [] : [planAt(provider, access.planId).tier],
  );
  return tiers.toSorted((a, b) => rank(a) - rank(b)).at(-1) ?? null;
}

function rank(tier: Tier | null): number {
  return tier === null ? -1 : TIERS.indexOf(tier);
}

async function explainer(engine: EngineProcess) {
  const { token } = await issueMachine(engine, { kind: "console", name: "torture" });
  const client = new ConvexHttpClient(engine.url, { logger: false });
  let renewAtMs = 0;
  return async (userId: string, atMs: number): Promise<Tier | null> => {
    if (Date.now() > renewAtMs) {
      client.setAuth(await exchange(engine, token));
      renewAtMs = Date.now() + 5 * 60_000;
    }
    const answer = await client.query(api.access.explain, { userId: userId as Id<"users">, atMs });
    if (answer.state !== "current") throw new Error(`access:explain answered ${answer.state}`);
    return answer.decision?.tier ?? null;
  };
}

async function exchange(engine: EngineProcess, token: string): Promise<string> {
  const response = await fetch(`${engine.siteUrl}/auth/machine`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const answer: { token: string } = await response.json();
  return answer.token;
}
