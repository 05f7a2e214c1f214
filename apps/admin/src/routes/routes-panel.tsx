/** The routes: adding, changing, pausing and removing one. */
import {
  Badge,
  Button,
  Code,
  type Column,
  ConfirmDeed,
  EmptyIcon,
  Notice,
  Panel,
  Row,
  Strip,
  Table,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Route, type Source } from "../backend.ts";
import { ChannelName } from "../discord/place-names.tsx";
import { type CheckedTarget, TargetDialog } from "../discord/target-dialog.tsx";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";
import { type EditedRoute, RouteDialog } from "./route-dialog.tsx";
import { rulesInWords } from "./rules-in-words.ts";

type RoutesPanelProps = { answer: Answer<{ routes: Route[] }>; sources: readonly Source[] };

export function RoutesPanel({ answer, sources }: RoutesPanelProps) {
  const client = useConvex();
  const pausing = useDeed();
  const [edited, setEdited] = useState<EditedRoute>(null);
  const [checked, setChecked] = useState<CheckedTarget | null>(null);
  const [removing, setRemoving] = useState<Route | null>(null);
  const pause = ({ routeId, paused }: Route) =>
    void pausing.run(() => client.mutation(api.routes.pause, { routeId, paused: !paused }));
  const check = ({ name, guildId, channelId, pingRoleId, rules: { mode, place } }: Route) =>
    setChecked({ name, target: { guildId, channelId, mode, place, pingRoleId } });
  const columns = columnsFor(sources, { edit: setEdited, check, pause, remove: setRemoving });
  return (
    <Panel
      title="Routes"
      about="Where the posts of a source are mirrored, from then on."
      flush
      actions={
        sources.length > 0 && (
          <Button tone="solid" onClick={() => setEdited("new")}>
            New route
          </Button>
        )
      }
    >
      {pausing.refusal !== null && <Strip tone="bad">{pausing.refusal.message}</Strip>}
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
              columns={columns}
              rows={routes}
              rowKey={({ routeId }) => routeId}
            />
          )
        }
      </QueryState>
      <RouteDialog edited={edited} sources={sources} onDone={() => setEdited(null)} />
      <TargetDialog checked={checked} onClose={() => setChecked(null)} />
      <RemoveRoute route={removing} onDone={() => setRemoving(null)} />
    </Panel>
  );
}

type Acts = Record<"edit" | "check" | "pause" | "remove", (route: Route) => void>;

function columnsFor(sources: readonly Source[], acts: Acts): ReadonlyArray<Column<Route>> {
  const nameOf = (sourceId: string) =>
    sources.find((source) => source.sourceId === sourceId)?.name ?? "Unknown source";
  return [
    {
      key: "target",
      title: "Target",
      cell: ({ name, paused }) => (
        <Row>
          {name}
          {paused && <Badge tone="warn">Paused</Badge>}
        </Row>
      ),
    },
    { key: "source", title: "From", cell: ({ sourceId }) => nameOf(sourceId) },
    { key: "channel", title: "Channel", cell: (route) => <ChannelName {...route} /> },
    {
      key: "ping",
      title: "Pings",
      cell: ({ pingRoleId }) => (pingRoleId === null ? "Nobody" : <Code>{pingRoleId}</Code>),
    },
    { key: "rules", title: "Rules", cell: ({ rules }) => rulesInWords(rules) },
    {
      key: "acts",
      title: "",
      align: "end",
      cell: (route) => (
        <Row>
          <Button aria-label={`Edit ${route.name}`} onClick={() => acts.edit(route)}>
            Edit
          </Button>
          <Button aria-label={`Check ${route.name}`} onClick={() => acts.check(route)}>
            Check
          </Button>
          <Button
            aria-label={`${route.paused ? "Resume" : "Pause"} ${route.name}`}
            onClick={() => acts.pause(route)}
          >
            {route.paused ? "Resume" : "Pause"}
          </Button>
          <Button
            tone="danger"
            aria-label={`Remove ${route.name}`}
            onClick={() => acts.remove(route)}
          >
            Remove
          </Button>
        </Row>
      ),
    },
  ];
}

function RemoveRoute({ route, onDone }: { route: Route | null; onDone: () => void }) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={route}
      title={({ name }) => `Remove the route to ${name}?`}
      consequence={() =>
        "New signals are no longer mirrored there. What was posted stays and still follows edits and deletes."
      }
      action={() => "Remove route"}
      deed={({ routeId }) => client.mutation(api.routes.remove, { routeId })}
      onDone={onDone}
    />
  );
}
