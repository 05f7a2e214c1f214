/** Reads the form of a server that plans open. */

import type { OpenedGuild } from "../backend.ts";
import { type FormRead, fieldReader, tierOf } from "../sources/form-values.ts";

export type GuildField = "guildId" | "name" | "minTier";

/** `known`: the server that is changed; null: the form says which. */
export function readGuildForm(
  form: FormData,
  known: string | null,
): FormRead<OpenedGuild, GuildField> {
  const read = fieldReader<GuildField>(form);
  return read.result({
    guildId: known ?? read.discordId("guildId"),
    name: read.name("name"),
    minTier: tierOf(read.text("minTier")),
    joinAtPurchase: form.get("joinAtPurchase") !== null,
  });
}
