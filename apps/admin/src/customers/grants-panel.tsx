/** Access given by hand: the list, giving, and taking back. */
import { FEEDS, isFeed } from "@heliograph/domain";
import {
  Badge,
  Button,
  type Column,
  ConfirmDeed,
  exactTime,
  Form,
  Inset,
  Panel,
  Quiet,
  SelectField,
  Table,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Customer } from "../backend.ts";
import { tierWord } from "../sources/tier-word.ts";
import { untilText } from "./access-text.ts";
import { readTime } from "./read-time.ts";

type Grant = Customer["grants"][number];

export function GrantsPanel({ customer, mayGive }: { customer: Customer; mayGive: boolean }) {
  const [revoking, setRevoking] = useState<Grant | null>(null);
  const { grants } = customer;
  return (
    <Panel
      title="Given by hand"
      about="Access beside what was bought. Every grant has a reason and stands in the audit log."
      flush
    >
      {grants.length === 0 ? (
        <Inset>
          <Quiet>Nothing was given by hand.</Quiet>
        </Inset>
      ) : (
        <Table
          caption="Grants"
          columns={columnsFor(mayGive, setRevoking)}
          rows={grants}
          rowKey={({ grantId }) => grantId}
        />
      )}
      {mayGive && customer.deletedAtMs === null && (
        <Inset>
          <GiveForm userId={customer.userId} />
        </Inset>
      )}
      <RevokeGrant grant={revoking} onDone={() => setRevoking(null)} />
    </Panel>
  );
}

function columnsFor(
  mayGive: boolean,
  onRevoke: (grant: Grant) => void,
): ReadonlyArray<Column<Grant>> {
  const columns: Column<Grant>[] = [
    { key: "tier", title: "Tier", cell: ({ tier }) => tierWord(tier) },
    { key: "from", title: "From", cell: ({ fromMs }) => exactTime(fromMs) },
    { key: "until", title: "Until", cell: ({ untilMs }) => untilText(untilMs) },
    { key: "reason", title: "Reason", cell: ({ reason }) => reason },
  ];
  const revoke: Column<Grant> = {
    key: "revoke",
    title: "",
    align: "end",
    cell: (grant) => {
      if (grant.revokedAtMs !== null) return <Badge>revoked</Badge>;
      return (
        mayGive && (
          <Button tone="danger" onClick={() => onRevoke(grant)}>
            Revoke
          </Button>
        )
      );
    },
  };
  return [...columns, revoke];
}

function GiveForm({ userId }: { userId: Customer["userId"] }) {
  const client = useConvex();
  const deed = useDeed();
  const [errors, setErrors] = useState<{ until?: string; reason?: string }>({});
  const submit = async (form: FormData) => {
    const tier = form.get("tier");
    const end = readTime(form.get("until"));
    const reason = String(form.get("reason") ?? "").trim();
    deed.reset();
    setErrors({
      ...(end === "bad" && { until: "Give a date and time, or nothing." }),
      ...(reason === "" && { reason: "Say why this access is given." }),
    });
    if (!isFeed(tier) || end === "bad" || reason === "") return false;
    const gift = { userId, tier, untilMs: end, reason };
    return await deed.run(() => client.mutation(api.access.giveGrant, gift));
  };
  const { refusal, busy } = deed;
  const ofField = (code: string) => (refusal?.code === code ? refusal.message : null);
  const isOfField = refusal?.code === "bad_end" || refusal?.code === "bad_reason";
  return (
    <Form
      label="Give access"
      action="Give access"
      busy={busy}
      error={isOfField ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <SelectField
        name="tier"
        label="Tier"
        options={FEEDS.map((tier) => ({ value: tier, text: tierWord(tier) }))}
      />
      <TextField
        name="until"
        type="datetime-local"
        label="Until"
        hint="Empty: until it is revoked."
        error={errors.until ?? ofField("bad_end")}
      />
      <TextField name="reason" label="Reason" error={errors.reason ?? ofField("bad_reason")} />
    </Form>
  );
}

function RevokeGrant({ grant, onDone }: { grant: Grant | null; onDone: () => void }) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={grant}
      title={() => "Revoke this grant?"}
      consequence={() =>
        "What it alone opened locks at once, also on pages that are open. What was bought stays."
      }
      action={() => "Revoke grant"}
      deed={({ grantId }) => client.mutation(api.access.revokeGrant, { grantId })}
      onDone={onDone}
    />
  );
}
