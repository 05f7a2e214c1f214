/**
 * Sends discord.js' requests at the pace of the budget: the last step before the
 * wire, after discord.js has waited for the bucket of the route.
 *
 * discord.js knows nothing of kinds, so a call takes its own along: everything
 * that is requested inside of `asCall` counts as that call.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { DefaultRestOptions, type RESTOptions } from "discord.js";
import type { CallBudget, CallKind } from "./call-budget.ts";
import { whenLeaving } from "./first-byte.ts";

export interface Call {
  readonly kind: CallKind;
  /** Called each time when a request has its turn: from then on it may leave. */
  readonly onTurn?: () => void;
  /** Called each time when the first byte of a request has left. */
  readonly onDispatch?: (request: SentRequest) => void;
}

export interface SentRequest {
  readonly method: string;
  readonly url: string;
}

type MakeRequest = RESTOptions["makeRequest"];

const ANSWER_MS = 10_000;
const calls = new AsyncLocalStorage<Call>();

/** Runs `act`; what it asks of Discord is this call. */
export function asCall<T>(call: Call, act: () => Promise<T>): Promise<T> {
  return calls.run(call, act);
}

/** For `RESTOptions.makeRequest`. The time to answer counts from when the request leaves. */
export function pacedRequest(
  budget: CallBudget,
  send: MakeRequest = DefaultRestOptions.makeRequest,
): MakeRequest {
  return async (url, init) => {
    const { kind = "upkeep", onTurn, onDispatch }: Partial<Call> = calls.getStore() ?? {};
    const ended = await budget.enter(kind, init.signal ?? undefined);
    onTurn?.();
    const late = AbortSignal.timeout(ANSWER_MS);
    const signal = init.signal == null ? late : AbortSignal.any([init.signal, late]);
    const left = () => onDispatch?.({ method: init.method ?? "GET", url });
    try {
      const answer = await whenLeaving(left, () => send(url, { ...init, signal }));
      ended("answered");
      return answer;
    } catch (error) {
      ended("failed");
      throw error;
    }
  };
}
