/** Templates: how alerts become posts, tried out on an alert while they are written. */
import {
  Badge,
  Button,
  type Column,
  Inset,
  Panel,
  Quiet,
  Row,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { type AlertTemplate, api, type Source } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { TemplateForm } from "./template-form.tsx";

type TemplatesPanelProps = { sourceId: Source["sourceId"]; latestAlert: string | null };

export function TemplatesPanel({ sourceId, latestAlert }: TemplatesPanelProps) {
  const answer = useConsoleQuery(api.tradingview.templates, { sourceId });
  const [editing, setEditing] = useState<AlertTemplate | null>(null);
  const client = useConvex();
  const removing = useDeed();
  const remove = ({ templateId }: AlertTemplate) =>
    void removing.run(() => client.mutation(api.tradingview.remove, { templateId }));
  return (
    <Panel
      title="Templates"
      about="How alerts become posts, from then on. Without one an alert's message is posted, else all its values."
      flush
    >
      {removing.refusal !== null && <Strip tone="bad">{removing.refusal.message}</Strip>}
      <QueryState answer={answer} heightRem={8}>
        {({ templates }) =>
          templates.length === 0 ? (
            <Inset>
              <Quiet>No templates yet.</Quiet>
            </Inset>
          ) : (
            <Table
              caption="Templates"
              columns={columnsFor(setEditing, remove)}
              rows={templates}
              rowKey={({ templateId }) => templateId}
            />
          )
        }
      </QueryState>
      <Inset>
        <TemplateForm
          key={editing?.templateId ?? "new"}
          sourceId={sourceId}
          editing={editing}
          latestAlert={latestAlert}
          onDone={() => setEditing(null)}
        />
      </Inset>
    </Panel>
  );
}

function columnsFor(
  onEdit: (template: AlertTemplate) => void,
  onRemove: (template: AlertTemplate) => void,
): ReadonlyArray<Column<AlertTemplate>> {
  return [
    {
      key: "name",
      title: "Alert",
      cell: ({ alertName }) => alertName ?? <Badge>All others</Badge>,
    },
    {
      key: "saved",
      title: "Saved",
      cell: ({ updatedAtMs }) => <TimeAgo atMs={updatedAtMs} />,
    },
    {
      key: "acts",
      title: "",
      align: "end",
      cell: (template) => (
        <Row>
          <Button onClick={() => onEdit(template)}>Edit</Button>
          <Button tone="danger" onClick={() => onRemove(template)}>
            Remove
          </Button>
        </Row>
      ),
    },
  ];
}
