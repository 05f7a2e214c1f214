/**
 * Takes events to their endpoints and keeps the log of it.
 *
 *   send -> planned -> attempt -> delivered
 *                  ^      |-> another attempt, later
 *   (lost: never)  |      '-> failed, when there are no more
 *                  '- again(): one more, whatever it was
 *
 * [PDEL1] Without faults events of an endpoint arrive one at a time, in the order they happened.
 * [PDEL2] Anything but a 2xx within 10 s is tried again, with growing pauses.
 */
import type { SimClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { refuse } from "../refusal.ts";
import type { Endpoint, OutgoingEvent } from "./endpoint.ts";
import {
  type DeliveryPlan,
  type FaultSettings,
  NO_FAULTS,
  planDelivery,
  retryDelayMs,
} from "./faults.ts";
import { signatureHeaders } from "./signatures.ts";

export type Attempt = {
  atMs: number;
  /** The HTTP status, or why there is none. */
  status: number | string;
  wrongSecret: boolean;
};

export type Delivery = {
  id: string;
  provider: Endpoint["provider"];
  url: string;
  eventId: string;
  eventType: string;
  body: string;
  origin: "event" | "duplicate" | "again";
  state: "planned" | "delivered" | "failed" | "lost";
  createdMs: number;
  /** When the next attempt is due; null when there is none. */
  dueMs: number | null;
  attempts: Attempt[];
};

type Job = { delivery: Delivery; endpoint: Endpoint; event: OutgoingEvent; plan: DeliveryPlan };

const ANSWER_LIMIT_MS = 10_000;
const LOG_LIMIT = 20_000; // finished deliveries beyond that are forgotten, oldest first

export type CourierOptions = {
  clock: SimClock;
  random: Random;
  faults?: Partial<FaultSettings>;
  /** The time in signatures: the machine's unless given, since receivers compare it with theirs. */
  signingNowMs?: () => number;
  onChange: () => void;
};

export class Courier {
  readonly #options: CourierOptions;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #jobs = new Map<string, Job>();
  readonly #timers = new Map<string, () => void>();
  readonly #delivered = new Set<string>();
  /** The last attempt of each endpoint; the next one waits for it. */
  readonly #lanes = new Map<string, Promise<void>>();
  #sent = 0;
  #faults: FaultSettings;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#faults = { ...NO_FAULTS, ...options.faults };
  }

  get faults(): Readonly<FaultSettings> {
    return this.#faults;
  }

  setFaults(change: Partial<FaultSettings>): void {
    this.#faults = { ...this.#faults, ...change };
    this.#options.onChange();
  }

  /** Plans the deliveries of an event to an endpoint. */
  send(endpoint: Endpoint, event: OutgoingEvent): void {
    const plan = planDelivery(this.#faults, this.#options.random.stream(`event ${this.#sent}`));
    this.#plan({ endpoint, event, plan, origin: "event" });
    if (plan.duplicate && !plan.lost) {
      const twin = { ...plan, lost: false, attempts: plan.attempts.stream("duplicate") };
      this.#plan({ endpoint, event, plan: twin, origin: "duplicate" });
    }
  }

  /** Sends an event once more, to the same endpoint, at once. */
  again(deliveryId: string): Delivery {
    const job = this.#jobs.get(deliveryId);
    if (job === undefined) throw refuse.missing("delivery", deliveryId);
    const plan = { ...job.plan, delayMs: 0, lost: false };
    return this.#plan({ endpoint: job.endpoint, event: job.event, plan, origin: "again" });
  }

  /** Newest first. */
  deliveries(limit = LOG_LIMIT): Delivery[] {
    return [...this.#deliveries.values()].reverse().slice(0, limit);
  }

  isDelivered(eventId: string): boolean {
    return this.#delivered.has(eventId);
  }

  counts(): Record<Delivery["state"], number> {
    const counts = { planned: 0, delivered: 0, failed: 0, lost: 0 };
    for (const { state } of this.#deliveries.values()) counts[state] += 1;
    return counts;
  }

  /** Makes every planned attempt now, in order of its time, until none is left: without moving the clock. */
  async settle(): Promise<void> {
    for (;;) {
      const due = [...this.#timers.keys()]
        .map((id) => this.#deliveries.get(id))
        .filter((delivery) => delivery !== undefined)
        .sort((a, b) => (a.dueMs ?? 0) - (b.dueMs ?? 0));
      if (due.length === 0 && this.#lanes.size === 0) return;
      for (const { id } of due) this.#timers.get(id)?.();
      const running = due.map(({ id }) => this.#start(id));
      await Promise.all([...running, ...this.#lanes.values()]);
    }
  }

  #plan({ origin, ...job }: Omit<Job, "delivery"> & { origin: Delivery["origin"] }): Delivery {
    this.#sent += 1;
    const nowMs = this.#options.clock.nowMs();
    const delivery: Delivery = {
      id: `dlv_${this.#sent}`,
      provider: job.endpoint.provider,
      url: job.endpoint.url,
      eventId: job.event.id,
      eventType: job.event.type,
      body: job.event.body,
      origin,
      state: job.plan.lost ? "lost" : "planned",
      createdMs: nowMs,
      dueMs: null,
      attempts: [],
    };
    this.#deliveries.set(delivery.id, delivery);
    this.#jobs.set(delivery.id, { ...job, delivery });
    this.#forgetOldest();
    if (!job.plan.lost) this.#wait(delivery, job.plan.delayMs);
    this.#options.onChange();
    return delivery;
  }

  #wait(delivery: Delivery, delayMs: number): void {
    delivery.dueMs = this.#options.clock.nowMs() + delayMs;
    const cancel = this.#options.clock.at(delivery.dueMs, () => this.#start(delivery.id));
    this.#timers.set(delivery.id, cancel);
  }

  /** Queues the attempt behind those of the same endpoint. */
  #start(id: string): Promise<void> {
    this.#timers.delete(id);
    const job = this.#jobs.get(id);
    if (job === undefined) return Promise.resolve();
    const url = job.endpoint.url;
    const lane = (this.#lanes.get(url) ?? Promise.resolve()).then(() => this.#attempt(job));
    this.#lanes.set(url, lane);
    return lane.then(() => {
      if (this.#lanes.get(url) === lane) this.#lanes.delete(url);
    });
  }

  async #attempt(job: Job): Promise<void> {
    const { delivery, plan } = job;
    const wrongSecret = this.#takeWrongSecret();
    const fails = plan.attempts.chance(this.#faults.failureRate);
    const answerLost = plan.attempts.chance(this.#faults.lostAnswerRate);
    const status = fails ? "not sent" : await this.#post(job, wrongSecret);
    const heard = answerLost && !fails ? "answer lost" : status;
    delivery.attempts.push({ atMs: this.#options.clock.nowMs(), status: heard, wrongSecret });
    delivery.dueMs = null;
    if (typeof heard === "number" && heard >= 200 && heard < 300) {
      delivery.state = "delivered";
      this.#delivered.add(delivery.eventId);
    } else if (delivery.attempts.length > this.#faults.maxRetries) {
      delivery.state = "failed";
    } else {
      this.#wait(delivery, retryDelayMs(this.#faults, delivery.attempts.length));
    }
    this.#options.onChange();
  }

  #takeWrongSecret(): boolean {
    if (this.#faults.wrongSecretNext === 0) return false;
    this.#faults.wrongSecretNext -= 1;
    return true;
  }

  async #post({ endpoint, event }: Job, wrongSecret: boolean): Promise<number | string> {
    const atMs = (this.#options.signingNowMs ?? Date.now)();
    const secret = wrongSecret ? otherSecret(endpoint.secret) : endpoint.secret;
    const headers = signatureHeaders({ endpoint, event, secret, atMs });
    try {
      const answer = await fetch(endpoint.url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: event.body,
        redirect: "manual",
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch (error) {
      return error instanceof Error ? (causeCode(error) ?? error.name) : "failed";
    }
  }

  #forgetOldest(): void {
    if (this.#deliveries.size <= LOG_LIMIT) return;
    for (const [id, { state }] of this.#deliveries) {
      if (state === "planned") continue;
      this.#deliveries.delete(id);
      this.#jobs.delete(id);
      return;
    }
  }
}

/** Of the same form, so that a receiver fails at the signature and not at the secret. */
function otherSecret(secret: string): string {
  const [, prefix = "", rest = ""] = /^(whsec_|ws_)?(.*)$/s.exec(secret) ?? [];
  const turned = [...rest].reverse().join("").replaceAll("=", "");
  return `${prefix}${turned === rest ? `${rest}AAAA` : turned}`;
}

function causeCode(error: Error): string | undefined {
  const cause: unknown = error.cause;
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}
