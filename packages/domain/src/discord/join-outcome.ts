/**
 * What Discord's answer to adding a person to a server, or to looking for them there, means.
 *
 * [DJO1] Every answer is one of these: they are in, they are not, it is tried again, or a person has to act first.
 * [DJO2] What somebody can cure without us is tried again by itself; what only the person can cure is not.
 */

/** Why somebody is not in a server (yet). Stable: pages have a sentence for each. */
export const JOIN_CODES = [
  "no_consent", // Discord was linked without leave to join servers
  "consent_withdrawn", // ... and the leave was taken back
  "banned",
  "too_many_servers", // of the person's own: Discord has a limit
  "bot_not_configured",
  "bot_token_refused",
  "bot_missing_permission",
  "unknown_server", // the bot is not in it, or it is gone
  "rate_limited",
  "discord_unavailable",
  "discord_refused",
] as const;

export type JoinCode = (typeof JOIN_CODES)[number];

export interface JoinAnswer {
  readonly status: number; // HTTP; 0: there was none
  readonly code: number | null; // Discord's own, of a refusal
  readonly retryAfterMs: number | null; // as a 429 asks
  readonly isPending: boolean; // the member has not passed the server's screening
}

export type JoinOutcome =
  | { readonly kind: "in"; readonly isPending: boolean }
  | { readonly kind: "absent" }
  | { readonly kind: "retry"; readonly code: JoinCode; readonly afterMs: number | null }
  | { readonly kind: "refused"; readonly code: JoinCode };

const UNKNOWN_MEMBER = 10_007;
const CURE_MS = 15 * 60_000; // 10,000 refused calls in ten minutes ban the bot: that takes 15,000 people

const ONLY_THE_PERSON: Readonly<Record<number, JoinCode>> = {
  40007: "banned",
  50025: "consent_withdrawn", // the access token is not taken any more
  30001: "too_many_servers",
};
const SOMEBODY: Readonly<Record<number, JoinCode>> = {
  10004: "unknown_server",
  50001: "unknown_server", // Missing Access: the bot is not in it
  50013: "bot_missing_permission",
};

/** Reads an answer. `retry` without a time: wait as after a failure. */
export function joinOutcome(answer: JoinAnswer): JoinOutcome {
  const { status, code, isPending, retryAfterMs } = answer;
  if (status >= 200 && status < 300) return { kind: "in", isPending };
  if (status === 429) return { kind: "retry", code: "rate_limited", afterMs: retryAfterMs };
  if (status === 0 || status >= 500) {
    return { kind: "retry", code: "discord_unavailable", afterMs: null };
  }
  if (status === 401) return { kind: "retry", code: "bot_token_refused", afterMs: CURE_MS };
  if (code === UNKNOWN_MEMBER) return { kind: "absent" };
  const refused = ONLY_THE_PERSON[code ?? 0];
  if (refused !== undefined) return { kind: "refused", code: refused };
  const curable = SOMEBODY[code ?? 0];
  if (curable !== undefined) return { kind: "retry", code: curable, afterMs: CURE_MS };
  return { kind: "refused", code: "discord_refused" };
}
