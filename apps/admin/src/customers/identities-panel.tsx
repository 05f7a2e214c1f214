/** What leads to a customer: addresses and customers of providers. One that is theirs wrongly can be freed. */
import {
  Button,
  Code,
  type Column,
  Dialog,
  Form,
  Inset,
  Panel,
  Quiet,
  Table,
  TextField,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Customer } from "../backend.ts";
import { identityText } from "./access-text.ts";

type Identity = Customer["identities"][number];

type IdentitiesPanelProps = { identities: readonly Identity[]; mayFree: boolean };

export function IdentitiesPanel({ identities, mayFree }: IdentitiesPanelProps) {
  const [freeing, setFreeing] = useState<Identity | null>(null);
  return (
    <Panel
      title="Known as"
      about="What is bought under any of these is this customer's. Each belongs to one account."
      flush
    >
      {identities.length === 0 ? (
        <Inset>
          <Quiet>Nothing leads here yet.</Quiet>
        </Inset>
      ) : (
        <Table
          caption="Known as"
          columns={mayFree ? [...FACTS, freeColumn(setFreeing)] : FACTS}
          rows={identities}
          rowKey={({ kind, value }) => `${kind} ${value}`}
        />
      )}
      <Dialog
        open={freeing !== null}
        onOpenChange={(open) => !open && setFreeing(null)}
        title={freeing === null ? "" : `Free ${freeing.value}?`}
        description="What this customer has by it alone is nobody's from then on, and closes at once. It goes to whoever proves it next."
      >
        {freeing !== null && <FreeForm identity={freeing} onDone={() => setFreeing(null)} />}
      </Dialog>
    </Panel>
  );
}

const FACTS: ReadonlyArray<Column<Identity>> = [
  { key: "kind", title: "As", cell: identityText },
  { key: "value", title: "Value", cell: ({ value }) => <Code>{value}</Code> },
  { key: "since", title: "Since", cell: ({ sinceMs }) => <TimeAgo atMs={sinceMs} /> },
];

function freeColumn(onFree: (identity: Identity) => void): Column<Identity> {
  return {
    key: "free",
    title: "",
    align: "end",
    cell: (identity) => (
      <Button tone="danger" aria-label={`Free ${identity.value}`} onClick={() => onFree(identity)}>
        Free
      </Button>
    ),
  };
}

function FreeForm({ identity, onDone }: { identity: Identity; onDone: () => void }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const { kind, value } = identity;
  const submit = async (form: FormData) => {
    const reason = String(form.get("reason") ?? "");
    const isDone = await run(() =>
      client.mutation(api.identities.release, { kind, value, reason }),
    );
    if (isDone) onDone();
    return isDone;
  };
  const ofReason = refusal?.code === "reason_missing";
  return (
    <Form
      label="Free it"
      action="Free it"
      busy={busy}
      error={ofReason ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <TextField
        name="reason"
        label="Reason"
        hint="It stands in the audit log. Write no address into it."
        error={ofReason ? refusal.message : null}
      />
    </Form>
  );
}
