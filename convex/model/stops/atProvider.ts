/**
 * Stopping things at the providers: each call may be repeated, and what is over already counts as stopped.
 *
 *   Stripe    subscriptions are cancelled, checkout sessions expired, by the official library
 *   Whop      POST /memberships/{id}/cancel at once
 *   Sell.app  PATCH /subscriptions/{id}/cancel at once
 *
 * A checkout page of Whop's or Sell.app's is a link for everybody: there is nothing of one buyer's to end.
 */
import { ConvexError } from "convex/values";
import { stripeClient } from "../checkout/stripeClient.ts";
import { endSession } from "../checkout/stripeSessions.ts";
import { ask, field, type Question } from "../reconcile/truth/ask.ts";
import { readProblem } from "../reconcile/truth/problems.ts";
import { sellappQuestion } from "../reconcile/truth/sellapp.ts";
import { whopQuestion } from "../reconcile/truth/whop.ts";
import type { StopResult, StopTarget } from "./validators.ts";

const OVER = ["canceled", "incomplete_expired", "expired", "completed"];

/** Stops it. Never throws: what went wrong is the result. */
export async function stopAtProvider(target: StopTarget): Promise<StopResult> {
  try {
    return await stop(target);
  } catch (error) {
    return refusalOf(error);
  }
}

async function stop({ provider, what, ref }: StopTarget): Promise<StopResult> {
  if (what === "checkout") return await stopCheckout(ref);
  switch (provider) {
    case "stripe":
      return await stopStripe(ref);
    case "whop": {
      const body = { cancellation_mode: "immediate" };
      return await stopByApi(whopQuestion(), `/memberships/${encodeURIComponent(ref)}`, {
        read: (answer) => answer,
        cancel: { method: "POST", path: "/cancel", body },
      });
    }
    case "sellapp":
      return await stopByApi(sellappQuestion(), `/subscriptions/${encodeURIComponent(ref)}`, {
        read: (answer) => field(answer, "data"),
        cancel: { method: "PATCH", path: "/cancel", body: { cancel_at_period_end: false } },
      });
    default:
      return provider satisfies never;
  }
}

async function stopCheckout(sessionRef: string): Promise<StopResult> {
  const ended = await endSession(stripeClient(), sessionRef);
  if (ended.state === "ended") return { kind: "stopped" };
  return { kind: "paid", subscription: ended.subscription };
}

async function stopStripe(subscriptionId: string): Promise<StopResult> {
  const stripe = stripeClient();
  const { status } = await stripe.subscriptions.retrieve(subscriptionId);
  if (!OVER.includes(status)) await stripe.subscriptions.cancel(subscriptionId);
  return { kind: "stopped" };
}

interface Call {
  readonly read: (answer: unknown) => unknown;
  readonly cancel: { method: "POST" | "PATCH"; path: string; body: object };
}

async function stopByApi(
  question: Question,
  path: string,
  { read, cancel }: Call,
): Promise<StopResult> {
  const status = field(read(await ask(question, path, {})), "status");
  if (OVER.includes(String(status).toLowerCase())) return { kind: "stopped" };
  const { method, body } = cancel;
  await ask(question, `${path}${cancel.path}`, {}, { method, body });
  return { kind: "stopped" };
}

function refusalOf(error: unknown): StopResult {
  const refused = { kind: "refused", isPassing: false, afterMs: null } as const;
  if (error instanceof ConvexError) return { ...refused, code: String(error.data.code) };
  const problem = readProblem(error) ?? { code: "unexpected", isPassing: true, afterMs: null };
  const code = problem.code === "answered_404" ? "unknown_there" : problem.code;
  return { ...refused, ...problem, code };
}
