/** What the bench and its database process tell each other. */

/** p50 in ms, and how many a second. */
export interface Pace {
  readonly p50Ms: number;
  readonly perSecond: number;
}

export interface Paces {
  readonly engine: Pace;
  readonly bare: Pace;
}

export interface IdsMessage {
  readonly kind: "ids";
  readonly ids: readonly string[];
}

export interface DatabaseAnswer {
  readonly kind: "done";
  readonly answer: unknown;
}
