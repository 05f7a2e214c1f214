/** The roles one should have in Discord, and why not yet. */
import { Badge, type Column, ErrorIcon, Notice, Panel, SkeletonBlock, Table } from "@heliograph/ui";
import { api, type OwnRole } from "../backend.ts";
import { useAnswer } from "../shell/use-answer.ts";
import { reasonText } from "./role-words.ts";

const TONES = { held: "good", coming: "neutral", blocked: "warn" } as const;
const STATES = { held: "yours", coming: "coming", blocked: "not yet" } as const;

const COLUMNS: ReadonlyArray<Column<OwnRole>> = [
  { key: "role", title: "Role", cell: ({ name }) => name },
  { key: "server", title: "Server", cell: ({ guildName }) => guildName },
  {
    key: "state",
    title: "State",
    cell: ({ state, code }) => (
      <>
        <Badge tone={TONES[state]}>{STATES[state]}</Badge> {state !== "held" && reasonText(code)}
      </>
    ),
  },
];

/** Shows nothing to who should have no role. */
export function RolesPanel() {
  const answer = useAnswer(api.roles.mine, {});
  if (answer.state === "loading") return <SkeletonBlock heightRem={8} />;
  if (answer.state === "failed") {
    return (
      <Notice icon={ErrorIcon} title="Your roles could not be read">
        <p>{answer.message}</p>
      </Notice>
    );
  }
  const roles = answer.data.state === "current" ? answer.data.roles : [];
  if (roles.length === 0) return null;
  return (
    <Panel title="Roles in Discord" about="What your plan gives you there." flush>
      <Table
        caption="Roles in Discord"
        columns={COLUMNS}
        rows={roles}
        rowKey={({ guildId, roleId }) => `${guildId} ${roleId}`}
      />
    </Panel>
  );
}
