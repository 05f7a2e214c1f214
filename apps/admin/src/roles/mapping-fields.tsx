/**
 * Server and role of a mapping, from what the bots see; typed where none sees them. In a form they stand
 * for the fields guildId, guildName, roleId and name.
 */
import { FormNote, TextField } from "@heliograph/ui";
import { useState } from "react";
import { api } from "../backend.ts";
import { FindingsList } from "../discord/findings-list.tsx";
import { type ChosenGuild, GuildPicker } from "../discord/guild-picker.tsx";
import { RolePicker } from "../discord/role-picker.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import type { MappingField } from "./mapping-form.ts";

type Errors = { [F in MappingField]?: string };

export function MappingFields({ errors }: { errors: Errors }) {
  const [guild, setGuild] = useState<ChosenGuild | null>(null);
  return (
    <>
      <GuildPicker error={errors.guildId ?? null} onChoose={setGuild} />
      {guild === null || guild.name === null ? (
        <TextField name="guildName" label="Server name" error={errors.guildName ?? null} />
      ) : (
        <input type="hidden" name="guildName" value={guild.name} />
      )}
      {guild === null ? (
        <RoleById errors={errors} />
      ) : (
        <RoleOf key={guild.guildId} guildId={guild.guildId} errors={errors} />
      )}
    </>
  );
}

function RoleOf({ guildId, errors }: { guildId: string; errors: Errors }) {
  const answer = useConsoleQuery(api.bots.guild, { guildId });
  const [roleId, setRoleId] = useState<string | null>(null);
  const roles = answer.state === "ready" ? answer.data.roles : [];
  if (roles.length === 0) return <RoleById errors={errors} />;
  const name = roles.find((role) => role.roleId === roleId)?.name ?? "";
  return (
    <>
      <RolePicker
        name="roleId"
        label="Role"
        error={errors.roleId ?? null}
        guildId={guildId}
        hint="Those that a bot may give."
        none="Choose one"
        givable
        onChoose={setRoleId}
      />
      <input type="hidden" name="name" value={name} />
      {roleId !== null && <RoleFindings guildId={guildId} roleId={roleId} />}
    </>
  );
}

function RoleById({ errors }: { errors: Errors }) {
  return (
    <>
      <TextField name="roleId" label="Role id" inputMode="numeric" error={errors.roleId ?? null} />
      <TextField name="name" label="Role name" error={errors.name ?? null} />
    </>
  );
}

function RoleFindings({ guildId, roleId }: { guildId: string; roleId: string }) {
  const answer = useConsoleQuery(api.doctor.role, { guildId, roleId });
  if (answer.state !== "ready" || answer.data.findings.length === 0) return null; // the form works without it
  return (
    <FormNote>
      <FindingsList findings={answer.data.findings} />
    </FormNote>
  );
}
