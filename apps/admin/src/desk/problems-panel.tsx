/** Purchases with one problem, each with its repair. */
import {
  Button,
  Code,
  type Column,
  Dialog,
  Form,
  Link,
  Panel,
  Table,
  TextField,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type PurchaseSummary } from "../backend.ts";
import { ownerText, purchaseText } from "../payments/outcome-facts.tsx";
import { causeText } from "../payments/payment-words.ts";
import { QueryState } from "../query-state.tsx";
import { pathOf } from "../router.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";

type Problem = NonNullable<PurchaseSummary["problem"]>;

export function ProblemsPanel({ problem }: { problem: Problem }) {
  const answer = useConsoleQuery(api.desk.purchases, { problem, cursor: null });
  const [repairing, setRepairing] = useState<PurchaseSummary | null>(null);
  return (
    <Panel title={causeText(problem)} about="The oldest 25." flush>
      <QueryState answer={answer} heightRem={10}>
        {({ rows }) => (
          <Table
            caption={causeText(problem)}
            columns={columnsFor(setRepairing)}
            rows={rows}
            rowKey={({ purchaseId }) => purchaseId}
          />
        )}
      </QueryState>
      <RepairDialog purchase={repairing} onClose={() => setRepairing(null)} />
    </Panel>
  );
}

function columnsFor(
  onRepair: (purchase: PurchaseSummary) => void,
): ReadonlyArray<Column<PurchaseSummary>> {
  return [
    { key: "purchase", title: "Purchase", cell: purchaseText },
    { key: "email", title: "Bought with", cell: ({ buyerEmail }) => buyerEmail ?? "No e-mail" },
    { key: "owner", title: "Owner", cell: ownerText },
    {
      key: "products",
      title: "What",
      cell: ({ productRefs }) => <Code>{productRefs[0] ?? "not told"}</Code>, // the most specific
    },
    { key: "at", title: "Last event", cell: ({ updatedAtMs }) => <TimeAgo atMs={updatedAtMs} /> },
    {
      key: "repair",
      title: "",
      align: "end",
      cell: (row) =>
        row.problem === "no_plan" ? (
          <Link href={pathOf("catalogue")}>Map the product</Link>
        ) : (
          <Button aria-label={`Repair ${row.anchor}`} onClick={() => onRepair(row)}>
            {row.problem === "no_user" ? "Say whose it is" : "Allow"}
          </Button>
        ),
    },
  ];
}

function RepairDialog({
  purchase,
  onClose,
}: {
  purchase: PurchaseSummary | null;
  onClose: () => void;
}) {
  const isTrial = purchase?.problem === "trial_refused";
  return (
    <Dialog
      open={purchase !== null}
      onOpenChange={(open) => !open && onClose()}
      title={isTrial ? "Allow this trial?" : "Whose is it?"}
      description={
        isTrial
          ? "It gives access from now on, whatever the guard says. The reason stands in the audit log."
          : "The purchase opens access for that account at once, and so does what this customer buys later."
      }
    >
      {purchase !== null &&
        (isTrial ? (
          <AllowForm purchase={purchase} onDone={onClose} />
        ) : (
          <LinkForm purchase={purchase} onDone={onClose} />
        ))}
    </Dialog>
  );
}

type RepairProps = { purchase: PurchaseSummary; onDone: () => void };

function LinkForm({ purchase: { purchaseId }, onDone }: RepairProps) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const submit = async (form: FormData) => {
    const email = String(form.get("email") ?? "");
    const done = await run(() => client.mutation(api.desk.linkUser, { purchaseId, email }));
    if (done) onDone();
    return done;
  };
  return (
    <Form label="Say whose it is" action="Link" busy={busy} error={null} onSubmit={submit}>
      <TextField
        name="email"
        label="E-mail of the account"
        hint="One that the account has verified."
        error={refusal?.message ?? null}
      />
    </Form>
  );
}

function AllowForm({ purchase: { purchaseId }, onDone }: RepairProps) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const submit = async (form: FormData) => {
    const decision = { purchaseId, isAllowed: true, reason: String(form.get("reason") ?? "") };
    const done = await run(() => client.mutation(api.desk.overrideTrial, decision));
    if (done) onDone();
    return done;
  };
  return (
    <Form label="Allow the trial" action="Allow" busy={busy} error={null} onSubmit={submit}>
      <TextField name="reason" label="Why" error={refusal?.message ?? null} />
    </Form>
  );
}
