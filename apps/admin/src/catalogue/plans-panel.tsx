/** The plans in their order: what each lacks, whether it is on sale, and changing that. */
import { isPriceFinding } from "@heliograph/domain";
import {
  AddIcon,
  Badge,
  Button,
  type Column,
  ConfirmDeed,
  type Deed,
  DownIcon,
  EmptyIcon,
  IconButton,
  Notice,
  Panel,
  priceText,
  Quiet,
  Row,
  Stack,
  Strip,
  Table,
  termText,
  UpIcon,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type CataloguePlan } from "../backend.ts";
import { tierWord } from "../sources/tier-word.ts";
import { type EditedPlan, PlanDialog } from "./plan-dialog.tsx";

const STATES = {
  draft: { tone: "neutral", text: "Draft" },
  published: { tone: "good", text: "On sale" },
  archived: { tone: "neutral", text: "Archived" },
} as const;

export function PlansPanel({ plans }: { plans: readonly CataloguePlan[] }) {
  const client = useConvex();
  const [edited, setEdited] = useState<EditedPlan>(null);
  const [archiving, setArchiving] = useState<CataloguePlan | null>(null);
  const deed = useDeed();
  const publish = ({ planId }: CataloguePlan) =>
    void deed.run(() => client.action(api.catalogue.publish, { planId }));
  const reorder = (planIds: CataloguePlan["planId"][]) =>
    void deed.run(() => client.mutation(api.catalogue.reorder, { planIds }));
  const columns = [
    ...FACT_COLUMNS,
    orderColumn(plans, deed, reorder),
    actionColumn({ deed, publish, edit: setEdited, archive: setArchiving }),
  ];
  return (
    <Panel
      title="Plans"
      about="What customers can buy, in the order of the pricing page. Changes show there at once."
      flush
      actions={
        <Button tone="solid" onClick={() => setEdited("new")}>
          <AddIcon aria-hidden size={16} />
          New plan
        </Button>
      }
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      {plans.length === 0 ? (
        <Notice icon={EmptyIcon} title="No plans yet">
          <p>Add one, complete it, and put it on sale.</p>
        </Notice>
      ) : (
        <Table caption="Plans" columns={columns} rows={plans} rowKey={({ planId }) => planId} />
      )}
      <PlanDialog edited={edited} onDone={() => setEdited(null)} />
      <ArchivePlan plan={archiving} onDone={() => setArchiving(null)} />
    </Panel>
  );
}

const FACT_COLUMNS: readonly Column<CataloguePlan>[] = [
  { key: "name", title: "Plan", cell: ({ name, slug }) => (name === "" ? slug : name) },
  { key: "tier", title: "Tier", cell: ({ tier }) => <Badge>{tierWord(tier)}</Badge> },
  {
    key: "price",
    title: "Price",
    cell: ({ priceAmount, currency, kind }) =>
      `${priceText(priceAmount, currency)} ${termText(kind)}`,
  },
  { key: "state", title: "State", cell: (plan) => <StateCell plan={plan} /> },
];

/** A plan on sale that lacks something cannot be bought: that is worse than a draft. */
function StateCell({ plan: { state, problems } }: { plan: CataloguePlan }) {
  const { tone, text } = STATES[state];
  const isBroken = state === "published" && problems.length > 0;
  return (
    <Stack gap="tight">
      <Row>
        <Badge tone={isBroken ? "bad" : tone}>{text}</Badge>
      </Row>
      {state !== "archived" &&
        problems.map(({ code, field, message }) => (
          <Quiet key={`${code} ${field}`}>{message}</Quiet>
        ))}
    </Stack>
  );
}

function orderColumn(
  plans: readonly CataloguePlan[],
  { busy }: Deed,
  reorder: (planIds: CataloguePlan["planId"][]) => void,
): Column<CataloguePlan> {
  const ids = plans.map(({ planId }) => planId);
  const move = (planId: CataloguePlan["planId"], by: 1 | -1) => {
    const from = ids.indexOf(planId);
    const others = ids.filter((id) => id !== planId);
    reorder(others.toSpliced(from + by, 0, planId));
  };
  return {
    key: "order",
    title: "Order",
    cell: ({ planId, name }) => (
      <Row>
        <IconButton
          label={`Move ${name} up`}
          disabled={busy || planId === ids.at(0)}
          onClick={() => move(planId, -1)}
        >
          <UpIcon aria-hidden size={16} />
        </IconButton>
        <IconButton
          label={`Move ${name} down`}
          disabled={busy || planId === ids.at(-1)}
          onClick={() => move(planId, 1)}
        >
          <DownIcon aria-hidden size={16} />
        </IconButton>
      </Row>
    ),
  };
}

function actionColumn(acts: {
  deed: Deed;
  publish: (plan: CataloguePlan) => void;
  edit: (plan: CataloguePlan) => void;
  archive: (plan: CataloguePlan) => void;
}): Column<CataloguePlan> {
  const { deed, publish, edit, archive } = acts;
  return {
    key: "actions",
    title: "",
    align: "end",
    cell: (plan) => (
      <Row>
        <Button aria-label={`Edit ${plan.name}`} onClick={() => edit(plan)}>
          Edit
        </Button>
        {plan.state === "published" ? (
          <Button tone="danger" aria-label={`Archive ${plan.name}`} onClick={() => archive(plan)}>
            Archive
          </Button>
        ) : (
          <Button
            aria-label={`Publish ${plan.name}`}
            disabled={deed.busy || !plan.problems.every(isPriceFinding)}
            onClick={() => publish(plan)}
          >
            Publish
          </Button>
        )}
      </Row>
    ),
  };
}

function ArchivePlan({ plan, onDone }: { plan: CataloguePlan | null; onDone: () => void }) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={plan}
      title={({ name }) => `Take ${name} off sale?`}
      consequence={() =>
        "Nobody can buy it any more. Whoever bought it keeps it, and subscriptions go on renewing. You can publish it again."
      }
      action={() => "Archive"}
      deed={({ planId }) => client.mutation(api.catalogue.archive, { planId })}
      onDone={onDone}
    />
  );
}
