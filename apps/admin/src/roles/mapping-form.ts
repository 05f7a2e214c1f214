/** Reads the form of a mapping. Says per field what is wrong before the backend has to. */
import { type Feed, isFeed } from "@heliograph/domain";

export type MappingField = "guildId" | "guildName" | "roleId" | "name";
export type MappingValue = Record<MappingField, string> & { tier: Feed; andAbove: boolean };
export type MappingRead =
  | { ok: true; value: MappingValue }
  | { ok: false; errors: { [F in MappingField]?: string } };

const NAME_LENGTH = 100; // what Discord allows a role's name

export function readMappingForm(form: FormData): MappingRead {
  const text = (field: string) => String(form.get(field) ?? "").trim();
  const errors: { [F in MappingField]?: string } = {};
  for (const field of ["guildId", "roleId"] as const) {
    if (!/^\d{5,25}$/.test(text(field)))
      errors[field] = "Choose one, or copy its id, digits only, in Discord with developer mode on.";
  }
  for (const field of ["guildName", "name"] as const) {
    const { length } = text(field);
    if (length === 0) errors[field] = "Give it a name.";
    else if (length > NAME_LENGTH) errors[field] = `At most ${NAME_LENGTH} characters.`;
  }
  const tier = text("tier");
  if (Object.keys(errors).length > 0 || !isFeed(tier)) return { ok: false, errors };
  const names = { guildName: text("guildName"), name: text("name") };
  const ids = { guildId: text("guildId"), roleId: text("roleId") };
  return { ok: true, value: { ...ids, ...names, tier, andAbove: form.get("andAbove") !== null } };
}
