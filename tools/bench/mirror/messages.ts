/** What the bot's process of the mirror bench tells. */

/** A step of one mirror's first post, with the age of its commit by the clock of this machine. */
export interface Sighting {
  readonly surface: "botReceived" | "botDispatched" | "botAcknowledged";
  readonly committedAtMs: number;
  readonly ageMs: number;
}

export type FromBot =
  | { readonly kind: "ready" }
  | { readonly kind: "seen"; readonly sighting: Sighting }
  | { readonly kind: "failed"; readonly message: string };
