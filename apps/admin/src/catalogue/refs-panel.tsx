/** What else stands for a plan: prices it was sold under before, and products that an operator maps to it. */
import {
  Button,
  Code,
  type Column,
  Form,
  Inset,
  Panel,
  Quiet,
  SelectField,
  Strip,
  Table,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type CataloguePlan } from "../backend.ts";

type Mapped = { planId: CataloguePlan["planId"]; name: string; ref: string };

export function RefsPanel({ plans }: { plans: readonly CataloguePlan[] }) {
  const client = useConvex();
  const deed = useDeed();
  const mapped = plans.flatMap(({ planId, name, otherRefs }) =>
    otherRefs.map((ref): Mapped => ({ planId, name, ref })),
  );
  const remove = ({ planId, ref }: Mapped) =>
    void deed.run(() => client.mutation(api.catalogue.unmapRef, { planId, ref }));
  const columns: readonly Column<Mapped>[] = [
    { key: "ref", title: "At the provider", cell: ({ ref }) => <Code>{ref}</Code> },
    { key: "plan", title: "Stands for", cell: ({ name }) => name },
    {
      key: "remove",
      title: "",
      align: "end",
      cell: (row) => (
        <Button
          tone="danger"
          disabled={deed.busy}
          aria-label={`Take ${row.ref} away`}
          onClick={() => remove(row)}
        >
          Take away
        </Button>
      ),
    },
  ];
  return (
    <Panel
      title="Other products that stand for a plan"
      about="Prices that a plan was sold under before stay here, because purchases speak of them. What is taken away opens nothing any more."
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      {mapped.length === 0 ? (
        <Inset>
          <Quiet>Each plan stands only for what its own fields name.</Quiet>
        </Inset>
      ) : (
        <Table caption="Other products" columns={columns} rows={mapped} rowKey={({ ref }) => ref} />
      )}
      {plans.length > 0 && (
        <Inset>
          <MapForm plans={plans} />
        </Inset>
      )}
    </Panel>
  );
}

function MapForm({ plans }: { plans: readonly CataloguePlan[] }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const submit = async (form: FormData) => {
    const ref = String(form.get("ref") ?? "").trim();
    const plan = plans.find(({ planId }) => planId === form.get("planId"));
    if (plan === undefined) return false;
    const { planId } = plan;
    return await run(() => client.mutation(api.catalogue.mapRef, { planId, ref }));
  };
  return (
    <Form label="Map a product to a plan" action="Map" busy={busy} error={null} onSubmit={submit}>
      <TextField
        name="ref"
        label="At the provider"
        hint="product:prod_..., price:price_..., plan:plan_... or variant:..."
        error={refusal?.message ?? null}
      />
      <SelectField
        name="planId"
        label="Stands for"
        options={plans.map(({ planId, name }) => ({ value: planId, text: name }))}
      />
    </Form>
  );
}
