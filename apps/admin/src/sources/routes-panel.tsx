/** The routes, adding one, and removing one. */
import {
  Button,
  CheckField,
  Code,
  type Column,
  ConfirmDialog,
  EmptyIcon,
  Form,
  FormNote,
  Inset,
  Notice,
  Panel,
  Row,
  SelectField,
  Table,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Route, type Source } from "../backend.ts";
import { ChannelPicker, type Place } from "../discord/channel-picker.tsx";
import { ChannelName } from "../discord/place-names.tsx";
import { RolePicker } from "../discord/role-picker.tsx";
import { TargetDialog } from "../discord/target-dialog.tsx";
import { TargetFindings } from "../discord/target-findings.tsx";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";
import { type FormErrors, type RouteField, readRouteForm } from "./form-values.ts";

type RoutesPanelProps = { answer: Answer<{ routes: Route[] }>; sources: readonly Source[] };

export function RoutesPanel({ answer, sources }: RoutesPanelProps) {
  const [removing, setRemoving] = useState<Route | null>(null);
  const [checked, setChecked] = useState<Route | null>(null);
  return (
    <Panel title="Routes" about="Where the posts of a source are mirrored, from then on." flush>
      <QueryState answer={answer} heightRem={10}>
        {({ routes }) =>
          routes.length === 0 ? (
            <Notice icon={EmptyIcon} title="No routes yet">
              <p>
                Signals reach the website without one. Add a route to mirror them into a channel.
              </p>
            </Notice>
          ) : (
            <Table
              caption="Routes"
              columns={columnsFor(sources, { onCheck: setChecked, onRemove: setRemoving })}
              rows={routes}
              rowKey={({ routeId }) => routeId}
            />
          )
        }
      </QueryState>
      {sources.length > 0 && (
        <Inset>
          <RouteForm sources={sources} />
        </Inset>
      )}
      <TargetDialog target={checked} onClose={() => setChecked(null)} />
      <RemoveRoute route={removing} onDone={() => setRemoving(null)} />
    </Panel>
  );
}

function columnsFor(
  sources: readonly Source[],
  { onCheck, onRemove }: Record<"onCheck" | "onRemove", (route: Route) => void>,
): ReadonlyArray<Column<Route>> {
  const nameOf = (sourceId: string) =>
    sources.find((source) => source.sourceId === sourceId)?.name ?? "Unknown source";
  return [
    { key: "target", title: "Target", cell: ({ name }) => name },
    { key: "source", title: "From", cell: ({ sourceId }) => nameOf(sourceId) },
    { key: "channel", title: "Channel", cell: (route) => <ChannelName {...route} /> },
    {
      key: "ping",
      title: "Pings",
      cell: ({ pingRoleId }) => (pingRoleId === null ? "Nobody" : <Code>{pingRoleId}</Code>),
    },
    { key: "shard", title: "Shard", align: "end", cell: ({ shard }) => String(shard) },
    {
      key: "remove",
      title: "",
      align: "end",
      cell: (route) => (
        <Row>
          <Button aria-label={`Check ${route.name}`} onClick={() => onCheck(route)}>
            Check
          </Button>
          <Button tone="danger" aria-label={`Remove ${route.name}`} onClick={() => onRemove(route)}>
            Remove
          </Button>
        </Row>
      ),
    },
  ];
}

function RemoveRoute({ route, onDone }: { route: Route | null; onDone: () => void }) {
  const client = useConvex();
  const { busy, refusal, run, reset } = useDeed();
  const close = () => {
    reset();
    onDone();
  };
  const confirm = async () => {
    if (route === null) return;
    const { routeId } = route;
    if (await run(() => client.mutation(api.routes.remove, { routeId }))) close();
  };
  return (
    <ConfirmDialog
      open={route !== null}
      onOpenChange={(open) => !open && close()}
      title={`Remove the route to ${route?.name ?? ""}?`}
      consequence="New signals are no longer mirrored there. What was posted stays and still follows edits and deletes."
      action="Remove route"
      busy={busy}
      error={refusal?.message ?? null}
      onConfirm={() => void confirm()}
    />
  );
}

function RouteForm({ sources }: { sources: readonly Source[] }) {
  const client = useConvex();
  const deed = useDeed();
  const [errors, setErrors] = useState<FormErrors<RouteField>>({});
  const [place, setPlace] = useState<Place | null>(null);
  const [pinged, setPinged] = useState<string | null>(null);
  const [round, setRound] = useState(0); // of this form: emptied after each route
  const submit = async (form: FormData) => {
    const read = readRouteForm(form);
    setErrors(read.ok ? {} : read.errors);
    deed.reset();
    if (!read.ok) return false;
    const { sourceId, pingRoleId, ...rest } = read.value;
    const source = sources.find((known) => known.sourceId === sourceId);
    if (source === undefined) return false;
    const ping = pingRoleId === null ? {} : { pingRoleId };
    const despiteFindings = form.get("despiteFindings") === "on";
    const route = { ...rest, ...ping, sourceId: source.sourceId, despiteFindings };
    const isDone = await deed.run(() => client.mutation(api.routes.create, route));
    if (isDone) setRound(round + 1);
    return isDone;
  };
  const { refusal } = deed;
  const onChannel = refusal?.code === "route_exists" || refusal?.code === "target_is_source";
  return (
    <Form
      label="Add a route"
      action="Add route"
      busy={deed.busy}
      error={onChannel ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <SelectField
        name="sourceId"
        label="From source"
        error={errors.sourceId ?? null}
        options={sources.map(({ sourceId, name }) => ({ value: sourceId, text: name }))}
      />
      <TextField name="name" label="Target name" error={errors.name ?? null} />
      <ChannelPicker
        key={round}
        errors={{
          guildId: errors.guildId ?? null,
          channelId: errors.channelId ?? (onChannel ? (refusal?.message ?? null) : null),
        }}
        onChoose={setPlace}
      />
      <RolePicker
        key={`${round} ${place?.guildId}`}
        name="pingRoleId"
        label="Role to ping"
        hint="Optional. Pinged on new posts only."
        error={errors.pingRoleId ?? null}
        guildId={place?.guildId ?? null}
        none="Nobody"
        onChoose={setPinged}
      />
      {place !== null && (
        <FormNote>
          <TargetFindings place={place} mode="bot" pingRoleId={pinged} />
        </FormNote>
      )}
      {refusal?.code === "doctor_objects" && (
        <CheckField name="despiteFindings" label="Add it although it does not work yet" />
      )}
    </Form>
  );
}
