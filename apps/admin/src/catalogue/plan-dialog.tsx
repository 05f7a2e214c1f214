/** The form of a plan in a dialog: a new one, or one that is there. */
import { FEEDS } from "@heliograph/domain";
import {
  Dialog,
  Form,
  priceInput,
  SelectField,
  TextAreaField,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type CataloguePlan } from "../backend.ts";
import { tierWord } from "../sources/tier-word.ts";
import { type PlanFormErrors, type PlanFormField, readPlanForm } from "./plan-form-values.ts";

const LASTS = [
  { value: "month", text: "Renews every month" },
  { value: "year", text: "Renews every year" },
  { value: "days", text: "Paid once, for days" },
];

/** Null: closed; "new": an empty form. */
export type EditedPlan = CataloguePlan | "new" | null;

export function PlanDialog({ edited, onDone }: { edited: EditedPlan; onDone: () => void }) {
  const plan = edited === "new" ? null : edited;
  return (
    <Dialog
      open={edited !== null}
      onOpenChange={(open) => !open && onDone()}
      title={plan === null ? "New plan" : plan.name}
      description={
        plan?.state === "published"
          ? "It is on sale: what you save holds at once."
          : "A draft may be incomplete; the list says what it lacks."
      }
    >
      <PlanForm plan={plan} onDone={onDone} />
    </Dialog>
  );
}

function PlanForm({ plan, onDone }: { plan: CataloguePlan | null; onDone: () => void }) {
  const client = useConvex();
  const deed = useDeed();
  const [errors, setErrors] = useState<PlanFormErrors>({});
  const submit = async (form: FormData) => {
    const read = readPlanForm(form, window.location.origin);
    setErrors(read.ok ? {} : read.errors);
    deed.reset();
    if (!read.ok) return false;
    const { highlights, ...fields } = read.fields;
    const known = plan === null ? {} : { planId: plan.planId };
    const args = { ...fields, ...known, highlights: [...highlights] };
    const isSaved = await deed.run(() => client.mutation(api.catalogue.savePlan, args));
    if (isSaved) onDone();
    return false; // the dialog closes; until then the form keeps what was typed
  };
  const { refusal } = deed;
  const isAboutSlug = refusal?.code === "slug_taken" || refusal?.code === "slug_invalid";
  const errorOf = (field: PlanFormField) =>
    errors[field] ?? (field === "slug" && isAboutSlug ? (refusal?.message ?? null) : null);
  return (
    <Form
      label={plan === null ? "New plan" : `Plan ${plan.name}`}
      action={plan === null ? "Add draft" : "Save"}
      busy={deed.busy}
      error={isAboutSlug ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <WordFields plan={plan} errorOf={errorOf} />
      <PriceFields plan={plan} errorOf={errorOf} />
      <ProviderFields plan={plan} errorOf={errorOf} />
    </Form>
  );
}

type PartProps = {
  plan: CataloguePlan | null;
  errorOf: (field: PlanFormField) => string | null;
};

function WordFields({ plan, errorOf }: PartProps) {
  return (
    <>
      <TextField name="name" label="Name" defaultValue={plan?.name} error={errorOf("name")} />
      <TextField
        name="slug"
        label="Address name"
        hint="Made from the name if left empty."
        defaultValue={plan?.slug}
        error={errorOf("slug")}
      />
      <SelectField
        name="tier"
        label="Tier"
        hint="What it opens, with everything below."
        defaultValue={plan?.tier ?? "basic"}
        options={FEEDS.map((feed) => ({ value: feed, text: tierWord(feed) }))}
      />
      <TextAreaField
        name="highlights"
        label="Highlights"
        hint="One a line."
        defaultValue={plan?.highlights.join("\n")}
        error={errorOf("highlights")}
      />
    </>
  );
}

function PriceFields({ plan, errorOf }: PartProps) {
  const kind = plan?.kind;
  const lasts = kind === undefined ? "month" : kind.kind === "fixed" ? "days" : kind.every;
  return (
    <>
      <SelectField name="lasts" label="Lasts" defaultValue={lasts} options={LASTS} />
      <TextField
        name="days"
        label="Days"
        hint="For a plan that is paid once."
        inputMode="numeric"
        defaultValue={kind?.kind === "fixed" ? String(kind.days) : ""}
        error={errorOf("days")}
      />
      <TextField
        name="price"
        label="Price"
        hint="As shown. What is charged is the provider's price."
        inputMode="decimal"
        defaultValue={plan === null ? "" : priceInput(plan.priceAmount, plan.currency)}
        error={errorOf("price")}
      />
      <TextField
        name="currency"
        label="Currency"
        defaultValue={plan?.currency ?? "usd"}
        error={errorOf("currency")}
      />
      <TextField
        name="trialDays"
        label="Trial days"
        hint="Empty: none. For plans that renew."
        inputMode="numeric"
        defaultValue={plan === null || plan.trialDays === 0 ? "" : String(plan.trialDays)}
        error={errorOf("trialDays")}
      />
    </>
  );
}

function ProviderFields({ plan, errorOf }: PartProps) {
  const refs = plan?.refs;
  return (
    <>
      <TextField
        name="stripePrice"
        label="Stripe price"
        hint="price_..."
        defaultValue={refs?.stripePrice ?? ""}
        error={errorOf("stripePrice")}
      />
      <TextField
        name="whopPlan"
        label="Whop plan"
        hint="plan_..."
        defaultValue={refs?.whopPlan ?? ""}
        error={errorOf("whopPlan")}
      />
      <TextField
        name="whopLink"
        label="Whop checkout link"
        hint="https://..."
        inputMode="url"
        defaultValue={refs?.whopLink ?? ""}
        error={errorOf("whopLink")}
      />
      <TextField
        name="sellappVariant"
        label="Sell.app variant"
        hint="Its number."
        inputMode="numeric"
        defaultValue={refs?.sellappVariant ?? ""}
        error={errorOf("sellappVariant")}
      />
      <TextField
        name="sellappLink"
        label="Sell.app checkout link"
        hint="https://..."
        inputMode="url"
        defaultValue={refs?.sellappLink ?? ""}
        error={errorOf("sellappLink")}
      />
    </>
  );
}
