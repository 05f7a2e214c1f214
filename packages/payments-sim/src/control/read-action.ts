/** Reads a purchase action and an order from JSON. Throws the refusal naming what is wrong. */
import {
  type Fields,
  needText,
  present,
  readChoice,
  readFlag,
  readText,
  readTexts,
  readWhole,
} from "../fields.ts";
import {
  ACTIONS,
  type Order,
  PROVIDERS,
  type ProviderName,
  type PurchaseAction,
} from "../purchases/purchase.ts";
import { refuse } from "../refusal.ts";

export function readAction(fields: Fields): PurchaseAction {
  const kind = readChoice(fields, "do", ACTIONS);
  if (kind === undefined) throw refuse.invalid("do", `do must be one of ${ACTIONS.join(", ")}.`);
  switch (kind) {
    case "refund":
      return { do: kind, ...present("amount", readWhole(fields, "amount", { min: 1 })) };
    case "cancel":
      return { do: kind, ...present("now", readFlag(fields, "now")) };
    case "failRenewals":
      return { do: kind, fails: readFlag(fields, "fails") ?? true };
    case "changePlan":
      return { do: kind, planId: needText(fields, "planId") };
    case "changeEmail":
      return { do: kind, email: needText(fields, "email") };
    case "dispute":
    case "winDispute":
    case "loseDispute":
    case "resume":
    case "payOpenInvoice":
    case "warnOfFraud":
      return { do: kind };
    default:
      return kind satisfies never;
  }
}

export function readOrder(fields: Fields): Order & { provider: ProviderName } {
  return {
    provider: readProvider(fields.provider),
    planId: needText(fields, "planId"),
    email: needText(fields, "email"),
    ...present("userRef", readText(fields, "userRef")),
    metadata: readTexts(fields, "metadata"),
  };
}

export function readProvider(value: unknown): ProviderName {
  const provider = PROVIDERS.find((known) => known === value);
  if (provider === undefined)
    throw refuse.invalid("provider", `provider must be one of ${PROVIDERS.join(", ")}.`);
  return provider;
}
