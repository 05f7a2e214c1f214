/** POST /auth/machine: a machine token is exchanged for a JWT of at most ten minutes. */
import { internal } from "../../_generated/api.js";
import type { ActionCtx } from "../../_generated/server.js";
import { MOST_JWT_MS, signMachineJwt } from "../machines/jwt.ts";
import { isUseOld } from "../machines/store.ts";
import { bearerToken, hashToken } from "../machines/tokens.ts";
import { answer, OPEN_TO_PAGES, refuse } from "./answer.ts";
import { tokenRefusal } from "./tokenRefusals.ts";

/** Answers with the JWT, or 401. */
export async function answerExchange(ctx: ActionCtx, request: Request): Promise<Response> {
  const nowMs = Date.now();
  const token = bearerToken(request.headers.get("authorization"));
  if (token === null) return refuse(401, tokenRefusal("missing_token"), OPEN_TO_PAGES);
  const args = { tokenHash: hashToken(token), nowMs };
  const machine = await ctx.runQuery(internal.machines.check, args);
  if (!machine.ok) return refuse(401, tokenRefusal(machine.code), OPEN_TO_PAGES);
  const { machineId, kind, name } = machine;
  const expiresAtMs = Math.min(
    nowMs + MOST_JWT_MS,
    machine.expiresAtMs ?? Number.POSITIVE_INFINITY,
  );
  const jwt = await signMachineJwt({ machineId, kind, issuedAtMs: nowMs, expiresAtMs });
  if (isUseOld(machine.usedAtMs, nowMs)) {
    await ctx.runMutation(internal.machines.touch, { machineId });
  }
  return answer(200, { token: jwt, expiresAtMs, kind, name }, OPEN_TO_PAGES);
}
