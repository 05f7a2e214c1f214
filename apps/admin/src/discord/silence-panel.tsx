/** Which sources and routes are quiet for too long, and what is expected of each. */
import {
  Badge,
  type Column,
  EmptyIcon,
  Form,
  Inset,
  Notice,
  Panel,
  SelectField,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type SilenceWatch } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { RULE_OPTIONS, readRule, ruleText, stateOf, watchName } from "./silence-words.ts";

const COLUMNS: ReadonlyArray<Column<SilenceWatch>> = [
  { key: "name", title: "What", cell: watchName },
  {
    key: "state",
    title: "State",
    cell: (watch) => <Badge tone={stateOf(watch).tone}>{stateOf(watch).text}</Badge>,
  },
  {
    key: "last",
    title: "Last heard",
    cell: ({ lastAtMs }) => (lastAtMs === null ? "Never" : <TimeAgo atMs={lastAtMs} />),
  },
  { key: "rule", title: "Expected", cell: ruleText },
  {
    key: "told",
    title: "Operators told",
    cell: ({ toldAtMs }) => (toldAtMs === null ? "" : <TimeAgo atMs={toldAtMs} />),
  },
];

export function SilencePanel() {
  const answer = useConsoleQuery(api.silence.list, {});
  return (
    <Panel
      title="Silence"
      about="A source that is quiet for too long, or a route in which posts do not arrive. Operators get one mail for each."
      flush
    >
      <QueryState answer={answer} heightRem={10}>
        {({ watches }) =>
          watches.length === 0 ? (
            <Notice icon={EmptyIcon} title="Nothing is listened to yet">
              <p>Sources and routes appear here within a minute.</p>
            </Notice>
          ) : (
            <>
              <Table
                caption="Silence"
                columns={COLUMNS}
                rows={watches}
                rowKey={({ watchId }) => watchId}
              />
              <Inset>
                <RuleForm watches={watches} />
              </Inset>
            </>
          )
        }
      </QueryState>
    </Panel>
  );
}

function RuleForm({ watches }: { watches: readonly SilenceWatch[] }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const submit = async (form: FormData) => {
    const watch = watches.find(({ watchId }) => watchId === form.get("watchId"));
    if (watch === undefined) return false;
    const { sourceId, routeId } = watch;
    const rule = readRule(String(form.get("rule")));
    return await run(() => client.mutation(api.silence.setRule, { sourceId, routeId, rule }));
  };
  return (
    <Form
      label="Say what is expected"
      action="Save"
      busy={busy}
      error={refusal?.message ?? null}
      onSubmit={submit}
    >
      <SelectField
        name="watchId"
        label="Source or route"
        options={watches.map((watch) => ({ value: watch.watchId, text: watchName(watch) }))}
      />
      <SelectField name="rule" label="A post is expected" options={RULE_OPTIONS} />
    </Form>
  );
}
