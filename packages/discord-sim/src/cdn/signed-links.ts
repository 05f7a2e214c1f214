/**
 * Links to attachments that die by themselves: `ex` says until when, `is` since
 * when, `hm` is an HMAC over both and the path. Pure.
 *
 * [DCDN1] A link serves until its `ex`, and never when any part of it was changed.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export type LinkTerms = { secret: string; nowMs: number; ttlMs: number };

/** What Discord gives a link to live. */
export const LINK_TTL_MS = 24 * 60 * 60_000;

const SECOND = 1_000;

/** The path with its signature behind it. */
export function signPath(path: string, { secret, nowMs, ttlMs }: LinkTerms): string {
  const is = Math.floor(nowMs / SECOND).toString(16);
  const ex = Math.floor((nowMs + ttlMs) / SECOND).toString(16);
  return `${path}?ex=${ex}&is=${is}&hm=${mac(secret, path, ex, is)}&`;
}

export function isLinkAlive(
  path: string,
  query: { ex?: string | undefined; is?: string | undefined; hm?: string | undefined },
  { secret, nowMs }: Pick<LinkTerms, "secret" | "nowMs">,
): boolean {
  const { ex = "", is = "", hm = "" } = query;
  const expected = Buffer.from(mac(secret, path, ex, is));
  const given = Buffer.from(hm);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Number.parseInt(ex, 16) * SECOND > nowMs;
}

function mac(secret: string, path: string, ex: string, is: string): string {
  return createHmac("sha256", secret).update(`${path}\n${ex}\n${is}`).digest("hex");
}
