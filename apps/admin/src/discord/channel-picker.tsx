/**
 * Picks a server and a channel from what the bots see; by id where none does. In a form
 * it stands for the fields guildId and channelId.
 */
import { SelectField, TextField } from "@heliograph/ui";
import { useEffect, useState } from "react";
import { api, type BotChannel } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { inDiscordOrder } from "./catalogue-order.ts";
import { type ChosenGuild, GuildPicker } from "./guild-picker.tsx";

/** What a person has chosen so far; null: nothing that could be looked at. */
export type Place = { guildId: string; channelId: string };

const POSTED_IN: ReadonlySet<number> = new Set([0, 2, 5, 13, 15]); // text, voice, announcements, stage, forum

type ChannelPickerProps = {
  errors: { guildId?: string | null; channelId?: string | null };
  onChoose: (place: Place | null) => void;
};

export function ChannelPicker({ errors, onChoose }: ChannelPickerProps) {
  const [guild, setGuild] = useState<ChosenGuild | null | undefined>(undefined); // undefined: not known yet
  const error = errors.channelId ?? null;
  return (
    <>
      <GuildPicker error={errors.guildId ?? null} onChoose={setGuild} />
      {guild === undefined ? (
        <SelectField label="Channel" disabled options={[{ value: "", text: "Loading" }]} />
      ) : guild === null || guild.name === null ? (
        <ById guildId={guild?.guildId ?? null} error={error} onChoose={onChoose} />
      ) : (
        <OfGuild key={guild.guildId} guildId={guild.guildId} error={error} onChoose={onChoose} />
      )}
    </>
  );
}

type PartProps<GuildId> = {
  guildId: GuildId;
  error: string | null;
  onChoose: (place: Place | null) => void;
};

function OfGuild({ guildId, error, onChoose }: PartProps<string>) {
  const answer = useConsoleQuery(api.bots.guild, { guildId });
  const all = answer.state === "ready" ? answer.data.channels : [];
  const channels = inDiscordOrder(all).filter(({ type }) => POSTED_IN.has(type));
  const [chosen, setChosen] = useState<string | null>(null);
  const channelId = chosen ?? channels[0]?.channelId ?? "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: told of a choice, not of a new callback
  useEffect(() => {
    onChoose(channelId === "" ? null : { guildId, channelId });
  }, [guildId, channelId]);
  return (
    <SelectField
      name="channelId"
      label="Channel"
      value={channelId}
      onChange={(event) => setChosen(event.target.value)}
      error={error}
      options={channels.map((channel) => ({
        value: channel.channelId,
        text: nameIn(channel, all),
      }))}
    />
  );
}

function ById({ guildId, error, onChoose }: PartProps<string | null>) {
  const [typed, setTyped] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: told of a choice, not of a new callback
  useEffect(() => {
    const channelId = typed.trim();
    const isWhole = guildId !== null && /^\d{5,25}$/.test(channelId);
    onChoose(isWhole ? { guildId, channelId } : null);
  }, [guildId, typed]);
  return (
    <TextField
      name="channelId"
      label="Channel id"
      inputMode="numeric"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      error={error}
    />
  );
}

/** "Signals / #calls": the same name may stand under several categories. */
function nameIn({ name, parentId }: BotChannel, channels: readonly BotChannel[]): string {
  const category = channels.find(({ channelId }) => channelId === parentId);
  return category === undefined ? `#${name}` : `${category.name} / #${name}`;
}
