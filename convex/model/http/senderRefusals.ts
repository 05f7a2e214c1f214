/** Answers to senders whose whole request is refused: the HTTP side of what ingest does not admit. */
import { internal } from "../../_generated/api.js";
import type { ActionCtx } from "../../_generated/server.js";
import type { MachineKind } from "../machines/caller.ts";
import { refuse } from "./answer.ts";
import { tokenRefusal } from "./tokenRefusals.ts";

const WRONG_KIND = {
  source: "Only the token of a source may send events here.",
  tradingview: "Only the token of a TradingView endpoint may send alerts here.",
} as const;

export type SenderKind = keyof typeof WRONG_KIND & MachineKind;

/** The refusal of a token that may not send here, or null for one that may. */
export async function refuseToken(
  ctx: ActionCtx,
  tokenHash: string,
  kind: SenderKind,
): Promise<Response | null> {
  const nowMs = Date.now();
  const checked = await ctx.runQuery(internal.machines.check, { tokenHash, nowMs });
  if (!checked.ok) return refuse(401, tokenRefusal(checked.code));
  return checked.kind === kind ? null : wrongKind(kind);
}

/** The answer to what a mutation did not admit. */
export function refuseSender(
  refusal: { code: string; retryAfterMs?: number },
  kind: SenderKind,
): Response {
  if (refusal.code === "wrong_kind") return wrongKind(kind);
  if (refusal.code !== "too_many_events") return refuse(401, tokenRefusal(refusal.code));
  const seconds = Math.ceil((refusal.retryAfterMs ?? 0) / 1000);
  const message = `This token has sent too many events; try again in ${seconds} s.`;
  return refuse(429, { code: refusal.code, message }, { "retry-after": String(seconds) });
}

function wrongKind(kind: SenderKind): Response {
  return refuse(403, { code: "wrong_kind", message: WRONG_KIND[kind] });
}
