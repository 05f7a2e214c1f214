/** Where events of a provider go, and how each delivery is signed. */

/** `raw`: the HMAC key is the secret's text, as Whop's own guides do; `standard`: base64 after `whsec_`. */
export type WhopKey = "raw" | "standard";

export type Endpoint =
  | { provider: "stripe"; url: string; secret: string }
  | { provider: "whop"; url: string; secret: string; version: "v1" | "v5"; key: WhopKey }
  | { provider: "sellapp"; url: string; secret: string };

/** One event as a provider sends it: the id is the provider's, the body the exact text. */
export type OutgoingEvent = { id: string; type: string; body: string };
