/** What the bench's processes say to each other over Node's IPC. Times are CLOCK_MONOTONIC in ms, the same in every process of one machine. */
export interface SubscriberPlan {
  readonly deploymentUrl: string;
  /** One list of feed keys per minimal client. */
  readonly minimal: readonly (readonly string[])[];
  readonly official: readonly (readonly string[])[];
  /** Address of the floor's broadcast server. */
  readonly floorUrl: string;
}

export interface Seen {
  /** Which signal, by the number in its content. */
  readonly signal: number;
  readonly atMs: number;
}

export type FromSubscribers =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly message: string }
  /** The raw frame by which the first minimal client learnt of the signal. */
  | { readonly kind: "frame"; readonly signal: number; readonly frame: string }
  | {
      readonly kind: "results";
      readonly web: readonly Seen[];
      readonly webOfficial: readonly Seen[];
      readonly floor: readonly Seen[];
    };

export type ToSubscribers =
  | { readonly kind: "plan"; readonly plan: SubscriberPlan }
  | { readonly kind: "report" };

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const MARK = /\[#(\d+)\]/;

/** Puts the signal's number into its content, where every surface carries it. */
export function markContent(signal: number, text: string): string {
  return `${text} [#${signal}]`;
}

/** The number put there by `markContent`; undefined in other text. */
export function signalOf(content: string): number | undefined {
  const digits = MARK.exec(content)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
