/**
 * One Whop company: its members and their money through time.
 *
 *   trialing -> active <-> past_due -> expired        completed: paid once, for good
 *                  '-> canceling -> canceled
 *
 * [PWHO1] A purchase tells payment.succeeded and membership.activated; the end of access membership.deactivated.
 * [PWHO2] A declined renewal makes a membership past_due and is tried every two days, three times; then it expires.
 */
import type { Catalogue, Plan } from "../catalogue/catalogue.ts";
import { addPeriod } from "../catalogue/periods.ts";
import { DAY_MS, type SimClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { Refusal, refuse } from "../refusal.ts";
import { makeMembership, makePayment } from "./make.ts";
import {
  type BillingReason,
  type CheckoutConfiguration,
  type Dispute,
  type Event,
  iso,
  type Membership,
  type Metadata,
  type Payment,
  type Refund,
  refundPaymentOf,
  type WhopUser,
} from "./objects.ts";

export type CompanyParts = {
  clock: SimClock;
  random: Random;
  catalogue: Catalogue;
  companyId: string;
  pageUrl: (planId: string, configurationId: string | null) => string;
  send: (event: Event) => void;
};

const RETRY_MS = 2 * DAY_MS;
const MAX_RETRIES = 3;
const TRIAL_WARNING_MS = 3 * DAY_MS;
const DISPUTE_ANSWER_MS = 9 * DAY_MS;

/** Ids as Whop forms them. */
export function whopId(random: Random, prefix: string): string {
  return `${prefix}_${random.text(["mem", "pay"].includes(prefix) ? 14 : 13)}`;
}

export class Company {
  readonly clock: SimClock;
  readonly catalogue: Catalogue;
  readonly id: string;
  readonly memberships = new Map<string, Membership>();
  readonly payments = new Map<string, Payment>();
  readonly refunds = new Map<string, Refund>();
  readonly disputes = new Map<string, Dispute>();
  readonly configurations = new Map<string, CheckoutConfiguration>();
  /** Members whose card is declined, by membership. */
  readonly declining = new Set<string>();
  /** When memberships ended. */
  readonly endedMs = new Map<string, number>();
  readonly #users = new Map<string, WhopUser>();
  readonly #paymentsOf = new Map<string, Payment[]>();
  readonly #parts: CompanyParts;

  constructor(parts: CompanyParts) {
    this.clock = parts.clock;
    this.catalogue = parts.catalogue;
    this.id = parts.companyId;
    this.#parts = parts;
  }

  newId(prefix: string): string {
    return whopId(this.#parts.random, prefix);
  }

  /** What the seller's server makes so that a checkout carries its metadata. */
  configure(wish: { planId: string; metadata: Metadata; redirectUrl: string | null }) {
    const plan = this.catalogue.getPlan(wish.planId);
    const id = this.newId("ch");
    const configuration: CheckoutConfiguration = {
      ...{ id, affiliate_code: null, company_id: this.id, currency: plan.currency },
      ...{ metadata: wish.metadata, mode: "payment", payment_method_configuration: null },
      ...{ plan: { id: plan.id }, purchase_url: this.#parts.pageUrl(plan.id, id) },
      redirect_url: wish.redirectUrl,
    };
    this.configurations.set(id, configuration);
    return configuration;
  }

  /** A person buys a plan and pays at once. */
  join(wish: {
    planId: string;
    email: string;
    metadata: Metadata;
    configurationId: string | null;
  }): Membership {
    const plan = this.catalogue.getPlan(wish.planId);
    const nowMs = this.clock.nowMs();
    const membership = makeMembership({
      ...{ id: this.newId("mem"), memberId: this.newId("mber"), companyId: this.id, plan, nowMs },
      ...{ user: this.#userOf(wish.email), metadata: wish.metadata },
      ...{ configurationId: wish.configurationId, endMs: firstEndMs(plan, nowMs) },
      status:
        plan.every === null && plan.termDays === null
          ? "completed"
          : plan.trialDays > 0
            ? "trialing"
            : "active",
    });
    this.memberships.set(membership.id, membership);
    const reason = plan.every === null ? "one_time" : "subscription_create";
    if (membership.status !== "trialing") this.#pay(this.#bill(membership, plan, reason), false);
    this.#emit("membership.activated", membership);
    this.#planEnd(membership);
    if (membership.status === "trialing") this.#planTrialWarning(membership);
    return membership;
  }

  /** Oldest first. */
  paymentsOf(membershipId: string): readonly Payment[] {
    return this.#paymentsOf.get(membershipId) ?? [];
  }

  cancelAtPeriodEnd(membership: Membership, cancels: boolean): void {
    mustRun(membership);
    if (membership.cancel_at_period_end === cancels) return;
    this.#change(membership, "membership.cancel_at_period_end_changed", {
      cancel_at_period_end: cancels,
      canceled_at: cancels ? iso(this.clock.nowMs()) : null,
      status: cancels ? "canceling" : "active",
    });
  }

  end(membership: Membership, status: "canceled" | "expired"): void {
    mustRun(membership);
    const nowMs = this.clock.nowMs();
    this.endedMs.set(membership.id, nowMs);
    this.#change(membership, "membership.deactivated", {
      status,
      ...(status === "canceled" && { canceled_at: membership.canceled_at ?? iso(nowMs) }),
    });
  }

  /** Moves to another plan at once; the next renewal has its price. */
  changePlan(membership: Membership, planId: string): void {
    mustRun(membership);
    const plan = this.catalogue.getPlan(planId);
    this.#change(membership, "membership.updated", {
      plan: { id: plan.id, metadata: plan.metadata },
      product: { id: plan.product.id, metadata: plan.product.metadata, title: plan.product.name },
    });
  }

  changeEmail(membership: Membership, email: string): void {
    membership.user.email = email; // the same user in all their memberships
    this.#change(membership, "membership.updated", {});
  }

  refund(payment: Payment, amount = payment.total - payment.refunded_amount): Refund {
    const left = payment.total - payment.refunded_amount;
    if (payment.status !== "paid" || left <= 0)
      throw refuse.state(`Payment ${payment.id} has nothing left to refund.`);
    if (amount <= 0 || amount > left) throw refuse.invalid("amount", `At most ${left} is left.`);
    const nowMs = this.clock.nowMs();
    const refunded = cents(payment.refunded_amount + amount);
    const id = this.newId("rfnd");
    this.#touch(payment, {
      ...{
        refunded_amount: refunded,
        refunded_at: iso(nowMs),
        refundable: refunded < payment.total,
      },
      substatus: refunded === payment.total ? "refunded" : "partially_refunded",
      refunds: [...payment.refunds, { id, amount }],
    });
    const refund: Refund = {
      ...{ id, amount, created_at: iso(nowMs), currency: payment.currency },
      ...{ payment: refundPaymentOf(payment), provider: "stripe", provider_created_at: iso(nowMs) },
      ...{ reference_status: "pending", reference_type: "acquirer_reference_number" },
      ...{ reference_value: null, status: "succeeded" },
    };
    this.refunds.set(id, refund);
    this.#emit("refund.created", refund);
    return refund;
  }

  dispute(payment: Payment): Dispute {
    if (payment.disputes.length > 0)
      throw refuse.state(`Payment ${payment.id} is disputed already.`);
    const nowMs = this.clock.nowMs();
    const id = this.newId("dspt");
    this.#touch(payment, {
      substatus: "dispute_needs_response",
      disputes: [{ id, status: "needs_response" }],
    });
    const dispute: Dispute = {
      ...{ id, amount: payment.total, company: companyOf(this.id), created_at: iso(nowMs) },
      ...{ currency: payment.currency, editable: true, payment: refundPaymentOf(payment) },
      ...{ needs_response_by: iso(nowMs + DISPUTE_ANSWER_MS), plan: { id: payment.plan.id } },
      ...{ product: { id: payment.product.id, title: payment.product.title } },
      ...{ reason: "fraudulent", status: "needs_response", visa_rdr: false },
    };
    this.disputes.set(id, dispute);
    this.#emit("dispute.created", dispute);
    return dispute;
  }

  closeDispute(payment: Payment, status: "won" | "lost"): void {
    const dispute = this.disputes.get(payment.disputes[0]?.id ?? "");
    if (dispute?.status !== "needs_response")
      throw refuse.state(`Payment ${payment.id} has no open dispute.`);
    this.#touch(payment, {
      substatus: status === "won" ? "dispute_won" : "dispute_lost",
      disputes: [{ id: dispute.id, status }],
    });
    Object.assign(dispute, { status, editable: false, needs_response_by: null });
    this.#emit("dispute.updated", dispute);
  }

  /** Tries an unpaid payment again, as after a person has changed the card. */
  retry(membership: Membership): void {
    const open = this.paymentsOf(membership.id).findLast(({ status }) => status === "open");
    if (open === undefined) throw refuse.state(`Membership ${membership.id} owes nothing.`);
    this.#collect(membership, open);
  }

  #userOf(email: string): WhopUser {
    const known = [...this.#users.values()].find((user) => user.email === email);
    if (known !== undefined) return known;
    const username = `${email
      .split("@")[0]
      ?.replace(/[^a-z0-9]/gi, "")
      .toLowerCase()}`;
    const user = { id: this.newId("user"), email, name: null, username };
    this.#users.set(user.id, user);
    return user;
  }

  #bill(membership: Membership, plan: Plan, reason: BillingReason): Payment {
    const payment = makePayment({
      ...{ id: this.newId("pay"), membership, plan, reason, nowMs: this.clock.nowMs() },
    });
    this.payments.set(payment.id, payment);
    this.#paymentsOf.set(membership.id, [...this.paymentsOf(membership.id), payment]);
    this.#emit("payment.created", payment);
    return payment;
  }

  #pay(payment: Payment, declined: boolean): void {
    const nowMs = this.clock.nowMs();
    const failures = payment.payments_failed + (declined ? 1 : 0);
    const again = declined && failures <= MAX_RETRIES;
    this.#touch(payment, {
      ...{ last_payment_attempt: iso(nowMs), payments_failed: failures, retryable: declined },
      ...{ status: declined ? "open" : "paid", substatus: declined ? "past_due" : "succeeded" },
      failure_message: declined ? "Your card was declined." : null,
      next_payment_attempt: again ? iso(nowMs + RETRY_MS) : null,
      ...{ paid_at: declined ? null : iso(nowMs), refundable: !declined && payment.total > 0 },
    });
    this.#emit(declined ? "payment.failed" : "payment.succeeded", payment);
  }

  #collect(membership: Membership, payment: Payment): void {
    const declined = this.declining.has(membership.id);
    this.#pay(payment, declined);
    if (!declined) {
      if (membership.status === "past_due" || membership.status === "trialing")
        this.#change(membership, "membership.updated", { status: "active" });
      return;
    }
    if (payment.next_payment_attempt === null) {
      this.end(membership, "expired");
      return;
    }
    if (membership.status !== "past_due")
      this.#change(membership, "membership.updated", { status: "past_due" });
    const attempt = payment.payments_failed;
    this.clock.after(RETRY_MS, () => {
      if (payment.status === "open" && payment.payments_failed === attempt && isRunning(membership))
        this.#collect(membership, payment);
    });
  }

  #planEnd(membership: Membership): void {
    const end = membership.renewal_period_end;
    if (end === null) return;
    this.clock.at(Date.parse(end), () => {
      if (isRunning(membership) && membership.renewal_period_end === end)
        this.#endPeriod(membership);
    });
  }

  #endPeriod(membership: Membership): void {
    const plan = this.catalogue.getPlan(membership.plan.id);
    if (plan.every === null) {
      this.end(membership, "expired");
      return;
    }
    if (membership.cancel_at_period_end) {
      this.end(membership, "canceled");
      return;
    }
    const startMs = Date.parse(membership.renewal_period_end ?? "");
    const payment = this.#bill(membership, plan, "subscription_cycle");
    this.#change(membership, "membership.updated", {
      renewal_period_start: iso(startMs),
      renewal_period_end: iso(addPeriod(startMs, plan.every)),
    });
    this.#collect(membership, payment);
    this.#planEnd(membership);
  }

  #planTrialWarning(membership: Membership): void {
    const end = Date.parse(membership.renewal_period_end ?? "");
    this.clock.at(end - TRIAL_WARNING_MS, () => {
      if (isRunning(membership)) this.#emit("membership.trial_ending_soon", membership);
    });
  }

  #change(membership: Membership, type: string, change: Partial<Membership>): void {
    const before = new Map(Object.entries(structuredClone(membership)));
    Object.assign(membership, change, { updated_at: iso(this.clock.nowMs()) });
    const previous = Object.keys(change).map((name) => [name, before.get(name)] as const);
    this.#emit(type, membership, Object.fromEntries(previous));
  }

  #touch(payment: Payment, change: Partial<Payment>): void {
    const status = this.memberships.get(payment.membership.id)?.status ?? payment.membership.status;
    const membership = { ...payment.membership, status };
    Object.assign(payment, change, { membership, updated_at: iso(this.clock.nowMs()) });
  }

  #emit(type: string, data: unknown, previous?: Record<string, unknown>): void {
    this.#parts.send({
      ...{ id: this.newId("evt"), api_version: "v1", api_version_date: "2026-07-20" },
      ...{ timestamp: iso(this.clock.nowMs()), type, company_id: this.id },
      data: structuredClone(data),
      ...(previous !== undefined && { previous_attributes: previous }),
    });
  }
}

export function companyOf(id: string) {
  return { id, title: "Simulated seller" };
}

export function isRunning({ status }: Membership): boolean {
  return !["canceled", "expired"].includes(status);
}

function mustRun(membership: Membership): void {
  if (!isRunning(membership))
    throw new Refusal(409, "wrong_state", `Membership ${membership.id} is ${membership.status}.`);
}

function firstEndMs(plan: Plan, nowMs: number): number | null {
  if (plan.every !== null)
    return plan.trialDays > 0 ? nowMs + plan.trialDays * DAY_MS : addPeriod(nowMs, plan.every);
  return plan.termDays === null ? null : nowMs + plan.termDays * DAY_MS;
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
