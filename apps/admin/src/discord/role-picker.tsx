/** Picks a role of a server, highest first; by id where no bot sees the server. */
import { SelectField, TextField } from "@heliograph/ui";
import { api } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";

type RolePickerProps = {
  name: string;
  label: string;
  hint?: string;
  error?: string | null;
  /** Null: the server is not chosen yet. */
  guildId: string | null;
  /** The words for no role; left out: one has to be chosen. */
  none?: string;
  /** The role that is chosen at first. */
  defaultValue?: string;
  /** Leaves out @everyone and the roles of integrations: they cannot be given. */
  givable?: boolean;
  onChoose?: (roleId: string | null) => void;
};

export function RolePicker({ guildId, ...props }: RolePickerProps) {
  if (guildId === null) return <ById {...props} />;
  return <OfGuild {...props} guildId={guildId} />;
}

type PartProps = Omit<RolePickerProps, "guildId">;

function OfGuild({
  guildId,
  none,
  givable = false,
  onChoose,
  ...field
}: PartProps & { guildId: string }) {
  const answer = useConsoleQuery(api.bots.guild, { guildId });
  const roles = answer.state === "ready" ? answer.data.roles : [];
  if (roles.length === 0) return <ById {...field} {...(onChoose && { onChoose })} />;
  const shown = roles
    .filter(({ roleId, managed }) => !givable || (roleId !== guildId && !managed))
    .sort((a, b) => b.position - a.position);
  const known = shown.map(({ roleId, name }) => ({ value: roleId, text: name }));
  const { defaultValue = "" } = field;
  const isGone = defaultValue !== "" && shown.every(({ roleId }) => roleId !== defaultValue);
  const options = isGone ? [{ value: defaultValue, text: defaultValue }, ...known] : known;
  return (
    <SelectField
      {...field}
      error={field.error ?? null}
      onChange={(event) => onChoose?.(event.target.value === "" ? null : event.target.value)}
      options={none === undefined ? options : [{ value: "", text: none }, ...options]}
    />
  );
}

function ById({ none: _, givable: __, onChoose, ...field }: PartProps) {
  return (
    <TextField
      {...field}
      error={field.error ?? null}
      inputMode="numeric"
      onChange={(event) => {
        const text = event.target.value.trim();
        onChoose?.(/^\d{5,25}$/.test(text) ? text : null);
      }}
    />
  );
}
