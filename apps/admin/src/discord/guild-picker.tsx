/**
 * Picks a server from what the bots see; by id where no bot has been yet, or where
 * somebody wants one that none sees. In a form it stands for the field guildId.
 */
import { SelectField, TextField } from "@heliograph/ui";
import { useEffect, useState } from "react";
import { api } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { uniqueGuilds } from "./catalogue-order.ts";

/** `name` null: no bot sees it. */
export type ChosenGuild = { guildId: string; name: string | null };

const BY_ID = "";

type GuildPickerProps = {
  error?: string | null;
  /** Servers that are not offered. */
  without?: readonly string[];
  /** Null: none is chosen yet, or what is typed is no id. */
  onChoose: (guild: ChosenGuild | null) => void;
};

export function GuildPicker({ error = null, without = [], onChoose }: GuildPickerProps) {
  const answer = useConsoleQuery(api.bots.guilds, {});
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  const all = answer.state === "ready" ? uniqueGuilds(answer.data.guilds) : [];
  const guilds = all.filter(({ guildId }) => !without.includes(guildId));
  const isOffered = chosen === BY_ID || guilds.some(({ guildId }) => guildId === chosen);
  const selected = (isOffered ? chosen : guilds[0]?.guildId) ?? BY_ID;
  const isById = selected === BY_ID;
  const guildId = isById ? idOrNull(typed) : selected;
  const name = guilds.find((guild) => guild.guildId === guildId)?.name ?? null;
  const isLoading = answer.state === "loading";
  // biome-ignore lint/correctness/useExhaustiveDependencies: told of a choice, not of a new callback
  useEffect(() => {
    if (!isLoading) onChoose(guildId === null ? null : { guildId, name });
  }, [isLoading, guildId, name]);
  if (isLoading) {
    return <SelectField label="Server" disabled options={[{ value: BY_ID, text: "Loading" }]} />;
  }
  return (
    <>
      {guilds.length > 0 && (
        <SelectField
          label="Server"
          value={selected}
          onChange={(event) => setChosen(event.target.value)}
          {...(!isById && { name: "guildId", error })}
          options={[
            ...guilds.map((guild) => ({ value: guild.guildId, text: guild.name })),
            { value: BY_ID, text: "Another one, by id" },
          ]}
        />
      )}
      {isById && (
        <TextField
          name="guildId"
          label="Server id"
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={error}
        />
      )}
    </>
  );
}

function idOrNull(text: string): string | null {
  const id = text.trim();
  return /^\d{5,25}$/.test(id) ? id : null;
}
