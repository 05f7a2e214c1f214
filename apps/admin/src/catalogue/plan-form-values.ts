/** Reads the form of a plan; what is malformed is said at its field, by the rules the backend has, too. */
import {
  isFeed,
  isLoopback,
  isMalformed,
  type PlanField,
  type PlanFields,
  PROVIDERS,
  planProblems,
} from "@heliograph/domain";
import { parsePrice } from "@heliograph/ui";

export type PlanFormField =
  | "name"
  | "slug"
  | "tier"
  | "lasts"
  | "days"
  | "price"
  | "currency"
  | "trialDays"
  | "highlights"
  | keyof PlanFields["refs"];

export type PlanFormErrors = { [Field in PlanFormField]?: string };

export type PlanFormRead = { ok: true; fields: PlanFields } | { ok: false; errors: PlanFormErrors };

/** Where the domain's fields stand in the form. */
const FORM_FIELDS: Record<PlanField, PlanFormField> = {
  name: "name",
  kind: "days",
  priceAmount: "price",
  currency: "currency",
  trialDays: "trialDays",
  highlights: "highlights",
  stripePrice: "stripePrice",
  whopPlan: "whopPlan",
  whopLink: "whopLink",
  sellappVariant: "sellappVariant",
  sellappLink: "sellappLink",
};

/** `siteUrl`: where this page is; on this machine, links to it may be plain http. */
export function readPlanForm(form: FormData, siteUrl: string): PlanFormRead {
  const text = (name: PlanFormField) => String(form.get(name) ?? "").trim();
  const orNull = (name: PlanFormField) => (text(name) === "" ? null : text(name));
  const currency = text("currency").toLowerCase();
  const price = parsePrice(text("price"), currency);
  const tier = text("tier");
  const fields: PlanFields = {
    slug: text("slug"),
    tier: isFeed(tier) ? tier : "basic",
    name: text("name"),
    kind: kindOf(text("lasts"), text("days")),
    priceAmount: price ?? Number.NaN,
    currency,
    trialDays: text("trialDays") === "" ? 0 : Number(text("trialDays")),
    highlights: text("highlights")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
    refs: {
      stripePrice: orNull("stripePrice"),
      whopPlan: orNull("whopPlan"),
      whopLink: orNull("whopLink"),
      sellappVariant: orNull("sellappVariant"),
      sellappLink: orNull("sellappLink"),
    },
  };
  const errors = errorsOf(fields, siteUrl);
  if (price === null) errors.price = "A price such as 29 or 29.50.";
  if (fields.name === "") errors.name = "Give the plan a name.";
  return Object.keys(errors).length === 0 ? { ok: true, fields } : { ok: false, errors };
}

function kindOf(lasts: string, days: string): PlanFields["kind"] {
  if (lasts === "days") return { kind: "fixed", days: Number(days) };
  return { kind: "recurring", every: lasts === "year" ? "year" : "month" };
}

function errorsOf(fields: PlanFields, siteUrl: string): PlanFormErrors {
  const market = { onSale: [], configured: PROVIDERS, allowsLoopback: isLoopback(siteUrl) };
  const errors: PlanFormErrors = {};
  for (const problem of planProblems(fields, market)) {
    if (isMalformed(problem)) errors[FORM_FIELDS[problem.field]] = problem.message;
  }
  return errors;
}
