/** The servers that plans open: who gets in, how, and whether the bot can bring it about. */
import {
  Button,
  type Column,
  ConfirmDeed,
  Dialog,
  EmptyIcon,
  Inset,
  Notice,
  Panel,
  Row,
  Table,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type OpenedGuild } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { GuildForm } from "./guild-form.tsx";
import { EFFECT_OF_REMOVAL, opensTo } from "./guild-words.ts";
import { JoiningFindings } from "./joining-findings.tsx";

export function OpenedGuildsPanel() {
  const answer = useConsoleQuery(api.discordGuilds.list, {});
  const [edited, setEdited] = useState<OpenedGuild | null>(null);
  const [removing, setRemoving] = useState<OpenedGuild | null>(null);
  return (
    <Panel title="Servers that plans open" about="Where customers belong, by their tier." flush>
      <QueryState answer={answer} heightRem={12}>
        {({ guilds }) => (
          <>
            {guilds.length === 0 ? (
              <Notice icon={EmptyIcon} title="No server yet">
                <p>Customers see signals on the website only until you add the server they join.</p>
              </Notice>
            ) : (
              <Table
                caption="Servers that plans open"
                columns={columnsFor({ onEdit: setEdited, onRemove: setRemoving })}
                rows={guilds}
                rowKey={({ guildId }) => guildId}
              />
            )}
            <Inset>
              <GuildForm
                key={guilds.map(({ guildId }) => guildId).join()}
                known={null}
                listed={guilds.map(({ guildId }) => guildId)}
              />
            </Inset>
          </>
        )}
      </QueryState>
      <EditGuild guild={edited} onDone={() => setEdited(null)} />
      <RemoveGuild guild={removing} onDone={() => setRemoving(null)} />
    </Panel>
  );
}

function columnsFor({
  onEdit,
  onRemove,
}: Record<"onEdit" | "onRemove", (guild: OpenedGuild) => void>): ReadonlyArray<
  Column<OpenedGuild>
> {
  return [
    { key: "name", title: "Server", cell: ({ name }) => name },
    { key: "tier", title: "Opened by", cell: opensTo },
    {
      key: "joining",
      title: "Joining",
      wrap: true,
      cell: ({ guildId, joinAtPurchase }) =>
        joinAtPurchase ? <JoiningFindings guildId={guildId} /> : "Customers join by themselves",
    },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: (guild) => (
        <Row>
          <Button aria-label={`Edit ${guild.name}`} onClick={() => onEdit(guild)}>
            Edit
          </Button>
          <Button tone="danger" aria-label={`Remove ${guild.name}`} onClick={() => onRemove(guild)}>
            Remove
          </Button>
        </Row>
      ),
    },
  ];
}

type OneGuildProps = { guild: OpenedGuild | null; onDone: () => void };

function EditGuild({ guild, onDone }: OneGuildProps) {
  return (
    <Dialog
      open={guild !== null}
      onOpenChange={(open) => !open && onDone()}
      title={guild?.name ?? ""}
      description="A change is looked at again for everybody who has linked Discord."
    >
      {guild !== null && <GuildForm known={guild} listed={[]} onSaved={onDone} />}
    </Dialog>
  );
}

function RemoveGuild({ guild, onDone }: OneGuildProps) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={guild}
      title={({ name }) => `Remove ${name} from the list?`}
      consequence={() => EFFECT_OF_REMOVAL}
      action={() => "Remove server"}
      deed={({ guildId }) => client.mutation(api.discordGuilds.remove, { guildId })}
      onDone={onDone}
    />
  );
}
