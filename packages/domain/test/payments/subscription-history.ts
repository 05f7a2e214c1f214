/**
 * Random histories of one subscription, as a provider lives through them: what really happened, step by
 * step, without a word about events. Renderers turn the steps into raw bodies; the model says from the
 * steps who has access.
 */
import * as fc from "fast-check";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const START_MS = 1_760_000_000_000;
const PERIOD_MS = 30 * DAY_MS;
const TRIAL_MS = 7 * DAY_MS;
const PRICE = 3000;

export type Product = "basic" | "pro";

/** A subscription at a time. */
export interface SubscriptionState {
  readonly status: "trialing" | "active" | "pastDue" | "unpaid" | "paused" | "ended";
  readonly fromMs: number;
  readonly untilMs: number;
  readonly isCanceling: boolean;
  readonly product: Product;
  readonly failingSinceMs: number | null;
}

/** A payment, by its number in the history. */
export interface PaymentState {
  readonly n: number;
  readonly amount: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly isChange: boolean;
  readonly isFirst: boolean;
}

/** What happened to the money. */
export type MoneyStep =
  | { readonly what: "paid" | "failed" | "warned"; readonly payment: PaymentState }
  | {
      readonly what: "refunded" | "refundFailed";
      readonly payment: PaymentState;
      readonly refund: number;
      readonly amount: number;
    }
  | { readonly what: "disputed" | "won" | "lost"; readonly payment: PaymentState };

/** One thing that happened, with the subscription as it then stood. */
export interface Step {
  readonly atMs: number;
  readonly isStart: boolean;
  /** Whether the provider tells the subscription's new state. */
  readonly isTold: boolean;
  readonly subscription: SubscriptionState;
  readonly money: MoneyStep | null;
}

const DEEDS = [
  "wait",
  "recover",
  "giveUp",
  "unpaid",
  "pause",
  "resume",
  "cancel",
  "uncancel",
  "cancelNow",
  "upgrade",
  "downgrade",
  "refundPart",
  "refundFull",
  "refundFails",
  "dispute",
  "win",
  "lose",
  "warn",
] as const;

interface Deed {
  readonly does: (typeof DEEDS)[number];
  readonly waitSeconds: number;
  readonly pick: number;
}

/** Up to `most` deeds, and whether it begins with a trial. `leastGap` 0 lets two fall into one second. */
export function subscriptionHistories(
  options: { readonly most?: number; readonly leastGapSeconds?: number } = {},
): fc.Arbitrary<Step[]> {
  const { most = 40, leastGapSeconds = 1 } = options;
  const waitSeconds = fc.oneof(
    fc.integer({ min: leastGapSeconds, max: 3 }),
    fc.integer({ min: 3600, max: 400 * 3600 }),
  );
  const deed = fc.record({ does: fc.constantFrom(...DEEDS), waitSeconds, pick: fc.nat(99) });
  return fc
    .tuple(fc.boolean(), fc.array(deed, { minLength: 1, maxLength: most, size: "max" }))
    .map(([hasTrial, deeds]) => live(hasTrial, deeds));
}

/** Lives through the deeds; those that are impossible at their time do not happen. */
function live(hasTrial: boolean, deeds: readonly Deed[]): Step[] {
  const life = new Life(hasTrial);
  for (const deed of deeds) life.live(deed);
  return life.steps;
}

class Life {
  readonly steps: Step[] = [];
  #nowMs = START_MS;
  #subscription: SubscriptionState;
  readonly #payments: PaymentState[] = [];
  readonly #refunds: { payment: PaymentState; refund: number; amount: number; failed: boolean }[] =
    [];
  readonly #disputes = new Map<number, "open" | "won" | "lost">();

  constructor(hasTrial: boolean) {
    const untilMs = START_MS + (hasTrial ? TRIAL_MS : PERIOD_MS);
    this.#subscription = {
      status: hasTrial ? "trialing" : "active",
      fromMs: START_MS,
      untilMs,
      isCanceling: false,
      product: "basic",
      failingSinceMs: null,
    };
    this.#step({ isTold: true, isStart: true });
    this.#pay(hasTrial ? 0 : PRICE, START_MS, untilMs);
  }

  live({ does, waitSeconds, pick }: Deed): void {
    const untilMs = this.#nowMs + waitSeconds * 1000;
    this.#passTime(untilMs, pick);
    this.#nowMs = Math.max(this.#nowMs, untilMs);
    this.#do(does, pick);
  }

  #do(does: Deed["does"], pick: number): void {
    const { status, isCanceling, untilMs, product } = this.#subscription;
    const isLive = status === "active" || status === "trialing";
    switch (does) {
      case "wait":
        return;
      case "recover":
        if (status === "pastDue" || status === "unpaid") this.#recover();
        return;
      case "giveUp":
        if (status === "pastDue" || status === "unpaid") this.#tell({ status: "ended" });
        return;
      case "unpaid":
        if (status === "pastDue") this.#tell({ status: "unpaid" });
        return;
      case "pause":
        if (status === "active" && !isCanceling) this.#tell({ status: "paused" });
        return;
      case "resume":
        if (status === "paused") this.#resume();
        return;
      case "cancel":
        if (isLive) this.#tell({ isCanceling: true });
        return;
      case "uncancel":
        if (isLive && isCanceling) this.#tell({ isCanceling: false });
        return;
      case "cancelNow":
        if (status !== "ended") this.#tell({ status: "ended" });
        return;
      case "upgrade":
        if (status !== "active" || product === "pro") return;
        this.#tell({ product: "pro" });
        this.#pay(500, this.#nowMs, untilMs, true);
        return;
      case "downgrade":
        if (status === "active" && product === "pro") this.#tell({ product: "basic" });
        return;
      case "refundPart":
        this.#refund(pick, 0.3);
        return;
      case "refundFull":
        this.#refund(pick, 1);
        return;
      case "refundFails":
        this.#failRefund(pick);
        return;
      case "dispute":
        this.#dispute(pick);
        return;
      case "win":
      case "lose":
        this.#settle(pick, does === "win" ? "won" : "lost");
        return;
      case "warn":
        this.#step({ money: { what: "warned", payment: this.#pick(pick) } });
        return;
    }
  }

  /** Everything that happens by itself until then. */
  #passTime(untilMs: number, luck: number): void {
    while (this.#subscription.untilMs <= untilMs) {
      const { status, isCanceling } = this.#subscription;
      if (status !== "active" && status !== "trialing") return;
      this.#nowMs = Math.max(this.#nowMs, this.#subscription.untilMs);
      if (isCanceling) {
        this.#tell({ status: "ended" });
        return;
      }
      this.#renew(luck % 4 !== 0);
    }
  }

  /** The period rolls over at once; whether it is paid turns out an hour later. */
  #renew(isPaid: boolean): void {
    const fromMs = this.#subscription.untilMs;
    const untilMs = fromMs + PERIOD_MS;
    this.#tell({ status: "active", fromMs, untilMs });
    this.#nowMs += HOUR_MS;
    if (isPaid) {
      this.#pay(PRICE, fromMs, untilMs);
      return;
    }
    this.#set({ status: "pastDue", failingSinceMs: this.#nowMs });
    const payment = this.#newPayment(PRICE, fromMs, untilMs, false);
    this.#step({ isTold: true, money: { what: "failed", payment } });
  }

  #recover(): void {
    this.#set({ status: "active", failingSinceMs: null });
    const payment = this.#payments.at(-1);
    const { fromMs, untilMs } = this.#subscription;
    const failed = payment?.fromMs === fromMs ? payment : undefined;
    const paid = failed ?? this.#newPayment(PRICE, fromMs, untilMs, false);
    this.#step({ isTold: true, money: { what: "paid", payment: paid } });
    this.#passTime(this.#nowMs, 1);
  }

  #resume(): void {
    const fromMs = this.#nowMs;
    if (this.#subscription.untilMs > fromMs) {
      this.#tell({ status: "active" });
      return;
    }
    const untilMs = fromMs + PERIOD_MS;
    this.#tell({ status: "active", fromMs, untilMs });
    this.#pay(PRICE, fromMs, untilMs);
  }

  #pay(amount: number, fromMs: number, untilMs: number, isChange = false): void {
    const payment = this.#newPayment(amount, fromMs, untilMs, isChange);
    this.#step({ money: { what: "paid", payment } });
  }

  #newPayment(amount: number, fromMs: number, untilMs: number, isChange: boolean): PaymentState {
    const n = this.#payments.length;
    const payment = { n, amount, fromMs, untilMs, isChange, isFirst: n === 0 };
    this.#payments.push(payment);
    return payment;
  }

  #refund(pick: number, share: number): void {
    const payment = this.#pickPaid(pick);
    if (payment === undefined) return;
    const done = this.#refunds.filter((found) => found.payment.n === payment.n && !found.failed);
    const left = payment.amount - done.reduce((sum, { amount }) => sum + amount, 0);
    const amount = share === 1 ? left : Math.floor(payment.amount * share);
    if (amount <= 0 || amount > left) return;
    const refund = this.#refunds.length;
    this.#refunds.push({ payment, refund, amount, failed: false });
    this.#step({ money: { what: "refunded", payment, refund, amount } });
  }

  #failRefund(pick: number): void {
    const open = this.#refunds.filter(({ failed }) => !failed);
    const found = open[pick % Math.max(1, open.length)];
    if (found === undefined) return;
    found.failed = true;
    const { payment, refund, amount } = found;
    this.#step({ money: { what: "refundFailed", payment, refund, amount } });
  }

  #dispute(pick: number): void {
    const payment = this.#pickPaid(pick);
    if (payment === undefined || this.#disputes.has(payment.n)) return;
    this.#disputes.set(payment.n, "open");
    this.#step({ money: { what: "disputed", payment } });
  }

  #settle(pick: number, what: "won" | "lost"): void {
    const open = [...this.#disputes].filter(([, state]) => state === "open").map(([n]) => n);
    const payment = this.#payments.find(({ n }) => n === open[pick % Math.max(1, open.length)]);
    if (payment === undefined) return;
    this.#disputes.set(payment.n, what);
    this.#step({ money: { what, payment } });
  }

  #pickPaid(pick: number): PaymentState | undefined {
    const paid = this.steps.flatMap(({ money }) =>
      money?.what === "paid" && money.payment.amount > 0 ? [money.payment] : [],
    );
    // The newest one more often: that is the one access rests on.
    return pick % 2 === 0 ? paid.at(-1) : paid[pick % Math.max(1, paid.length)];
  }

  #pick(pick: number): PaymentState {
    const [first] = this.#payments;
    const payment = this.#payments[pick % this.#payments.length] ?? first;
    if (payment === undefined) throw new Error("every history begins with a payment");
    return payment;
  }

  #tell(change: Partial<SubscriptionState>): void {
    this.#set(change);
    this.#step({ isTold: true });
  }

  #set(change: Partial<SubscriptionState>): void {
    this.#subscription = { ...this.#subscription, ...change };
  }

  #step(step: { isTold?: boolean; isStart?: boolean; money?: MoneyStep }): void {
    const { isTold = false, isStart = false, money = null } = step;
    this.steps.push({
      atMs: this.#nowMs,
      isStart,
      isTold,
      subscription: this.#subscription,
      money,
    });
  }
}
