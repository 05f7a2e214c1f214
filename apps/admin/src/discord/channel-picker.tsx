/**
 * Picks a server and a channel from what the bots see; by id where no bot has
 * been yet, or where somebody wants one that none sees. In a form it stands for
 * the fields guildId and channelId.
 */
import { SelectField, TextField } from "@heliograph/ui";
import { useEffect, useState } from "react";
import { api, type BotChannel, type BotGuild } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { inDiscordOrder, uniqueGuilds } from "./catalogue-order.ts";

/** What a person has chosen so far; null: nothing that could be looked at. */
export type Place = { guildId: string; channelId: string };

const BY_ID = "";
const POSTED_IN: ReadonlySet<number> = new Set([0, 2, 5, 13, 15]); // text, voice, announcements, stage, forum

type ChannelPickerProps = {
  errors: { guildId?: string | null; channelId?: string | null };
  onChoose?: (place: Place | null) => void;
};

export function ChannelPicker({ errors, onChoose }: ChannelPickerProps) {
  const answer = useConsoleQuery(api.bots.guilds, {});
  const guilds = answer.state === "ready" ? uniqueGuilds(answer.data.guilds) : [];
  const [chosen, setChosen] = useState<string | null>(null);
  const guildId = chosen ?? guilds[0]?.guildId ?? BY_ID;
  if (guilds.length === 0) return <ById errors={errors} onChoose={onChoose} />;
  return (
    <>
      <SelectField
        label="Server"
        value={guildId}
        onChange={(event) => setChosen(event.target.value)}
        {...(guildId !== BY_ID && { name: "guildId", error: errors.guildId ?? null })}
        options={[...guilds.map(toOption), { value: BY_ID, text: "Another one, by id" }]}
      />
      {guildId === BY_ID ? (
        <ById errors={errors} onChoose={onChoose} />
      ) : (
        <OfGuild key={guildId} guildId={guildId} errors={errors} onChoose={onChoose} />
      )}
    </>
  );
}

type PartProps = {
  errors: ChannelPickerProps["errors"];
  onChoose: ((place: Place | null) => void) | undefined;
};

function OfGuild({ guildId, errors, onChoose }: PartProps & { guildId: string }) {
  const answer = useConsoleQuery(api.bots.guild, { guildId });
  const all = answer.state === "ready" ? answer.data.channels : [];
  const channels = inDiscordOrder(all).filter(({ type }) => POSTED_IN.has(type));
  const [chosen, setChosen] = useState<string | null>(null);
  const channelId = chosen ?? channels[0]?.channelId ?? "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: told of a choice, not of a new callback
  useEffect(() => {
    onChoose?.(channelId === "" ? null : { guildId, channelId });
  }, [guildId, channelId]);
  return (
    <SelectField
      name="channelId"
      label="Channel"
      value={channelId}
      onChange={(event) => setChosen(event.target.value)}
      error={errors.channelId ?? null}
      options={channels.map((channel) => ({
        value: channel.channelId,
        text: nameIn(channel, all),
      }))}
    />
  );
}

function ById({ errors, onChoose }: PartProps) {
  const [place, setPlace] = useState<Place>({ guildId: "", channelId: "" });
  const set = (change: Partial<Place>) => {
    const next = { ...place, ...change };
    setPlace(next);
    const isWhole = [next.guildId, next.channelId].every((id) => /^\d{5,25}$/.test(id));
    onChoose?.(isWhole ? next : null);
  };
  return (
    <>
      <TextField
        name="channelId"
        label="Channel id"
        inputMode="numeric"
        onChange={(event) => set({ channelId: event.target.value.trim() })}
        error={errors.channelId ?? null}
      />
      <TextField
        name="guildId"
        label="Server id"
        inputMode="numeric"
        onChange={(event) => set({ guildId: event.target.value.trim() })}
        error={errors.guildId ?? null}
      />
    </>
  );
}

function toOption({ guildId, name }: BotGuild) {
  return { value: guildId, text: name };
}

/** "Signals / #calls": the same name may stand under several categories. */
function nameIn({ name, parentId }: BotChannel, channels: readonly BotChannel[]): string {
  const category = channels.find(({ channelId }) => channelId === parentId);
  return category === undefined ? `#${name}` : `${category.name} / #${name}`;
}
