/** What Whop's objects give. Its own calendar ends also what is paid once. */
import { GRACE_MS, listAt, planAt } from "../shop.ts";
import type { Held } from "./held.ts";

interface Membership {
  readonly id: string;
  readonly status: string;
  readonly plan: { readonly id: string };
  readonly user: { readonly email: string };
  readonly cancel_at_period_end: boolean;
  readonly renewal_period_end: string;
}

interface Payment {
  readonly membership: { readonly id: string };
  readonly status: string;
  readonly created_at: string;
  readonly paid_at: string | null;
  readonly total: number;
  readonly refunded_amount: number;
  readonly disputes: readonly { readonly status: string }[];
}

/** Every membership with what it gives. */
export async function readWhopTruth(simUrl: string): Promise<Held[]> {
  const read = async <T>(path: string) =>
    (await listAt(simUrl, "whop", `/whop/api/v1/${path}?first=100`)) as T[];
  const payments = (await read<Payment>("payments")).toReversed(); // oldest first
  const memberships = await read<Membership>("memberships");
  return memberships.map((membership) => {
    const own = payments.filter((payment) => payment.membership.id === membership.id);
    const { tier } = planAt("whop", membership.plan.id);
    const untilMs = runsUntil(membership, own);
    return { kind: "running", email: membership.user.email, tier, untilMs };
  });
}

function runsUntil(membership: Membership, payments: readonly Payment[]): number {
  const { status, renewal_period_end: end, cancel_at_period_end: isCanceling } = membership;
  if (["canceled", "expired"].includes(status)) return 0;
  const newest = payments.findLast((payment) => payment.status === "paid");
  if (newest === undefined || isVoid(newest)) return 0;
  const endMs = Date.parse(end);
  const capMs = isCanceling ? endMs : Number.POSITIVE_INFINITY;
  const owed = payments.find((payment) => payment.status === "open");
  if (status !== "past_due" || owed === undefined) return Math.min(capMs, endMs + GRACE_MS);
  return Math.min(capMs, Date.parse(owed.created_at) + GRACE_MS);
}

function isVoid({ total, refunded_amount: refunded, disputes }: Payment): boolean {
  return (refunded > 0 && refunded >= total) || disputes.some(({ status }) => status !== "won");
}
