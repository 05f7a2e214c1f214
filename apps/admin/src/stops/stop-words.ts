/** Stops as a person reads them. A code that is not here is shown as it is. */
import type { Tone } from "@heliograph/ui";
import type { ProviderStop } from "../backend.ts";

const WHATS: Readonly<Record<ProviderStop["what"], string>> = {
  renewals: "Renewals",
  checkout: "Checkout page",
};

const REASONS: Readonly<Record<ProviderStop["reason"], string>> = {
  account_deleted: "The account was deleted",
  plan_archived: "The plan was taken off sale",
  replaced: "Another checkout took its place",
};

const CODES: Readonly<Record<string, string>> = {
  no_key: "No API key of this provider was set. Set it, then try again.",
  not_known: "Its subscription is not known here. Cancel it at the provider.",
  not_configured: "No API key of this provider is set. Set it, then try again.",
  key_refused: "The API key was refused. Set the right one, then try again.",
  key_lacks_rights: "The API key may not cancel. Give it the right, then try again.",
  unknown_there: "The provider does not know it, at least not with this key.",
  rate_limited: "The provider asked us to slow down.",
  unreachable: "The provider cannot be reached.",
  unexpected: "An error of ours: see the deployment's log.",
};

const STATES: Readonly<Record<ProviderStop["state"], { tone: Tone; text: string }>> = {
  due: { tone: "info", text: "Under way" },
  stopped: { tone: "good", text: "Stopped" },
  paid: { tone: "warn", text: "Was paid before" },
  failed: { tone: "bad", text: "Not stopped" },
};

/** What was to stop. */
export function whatText({ what }: Pick<ProviderStop, "what">): string {
  return WHATS[what];
}

/** Why it was to stop. */
export function reasonText({ reason }: Pick<ProviderStop, "reason">): string {
  return REASONS[reason];
}

/** How far it is. */
export function stateOf({ state }: Pick<ProviderStop, "state">): { tone: Tone; text: string } {
  return STATES[state];
}

/** Why the last attempt failed, and what to do; empty if none has. */
export function codeText(code: string | null): string {
  if (code === null) return "";
  return CODES[code] ?? `The provider answered: ${code.replace("answered_", "")}.`;
}

/** The provider's id; of a long one its two ends, by which it is found there, too. */
export function shortRef({ ref }: Pick<ProviderStop, "ref">): string {
  return ref.length <= 40 ? ref : `${ref.slice(0, 20)}...${ref.slice(-8)}`;
}
