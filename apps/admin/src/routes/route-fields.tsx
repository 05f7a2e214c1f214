/** The fields of a route, in the groups of its form. */
import { PLAIN_RULES } from "@heliograph/domain";
import { CheckField, SelectField, TextAreaField, TextField } from "@heliograph/ui";
import type { Route, Source } from "../backend.ts";
import { ChannelPicker, type Place } from "../discord/channel-picker.tsx";
import { RolePicker } from "../discord/role-picker.tsx";
import type { RouteField } from "./route-form-values.ts";

type PartProps = { route: Route | null; errorOf: (field: RouteField) => string | null };

type TargetFieldsProps = PartProps & {
  sources: readonly Source[];
  onPlace: (place: Place | null) => void;
};

/** From where to where. */
export function TargetFields({ route, sources, errorOf, onPlace }: TargetFieldsProps) {
  return (
    <>
      {route === null ? (
        <SelectField
          name="sourceId"
          label="From source"
          error={errorOf("sourceId")}
          options={sources.map(({ sourceId, name }) => ({ value: sourceId, text: name }))}
        />
      ) : (
        <Kept route={route} />
      )}
      <TextField
        name="name"
        label="Target name"
        defaultValue={route?.name}
        error={errorOf("name")}
      />
      {route === null && (
        <ChannelPicker
          errors={{ guildId: errorOf("guildId"), channelId: errorOf("channelId") }}
          onChoose={onPlace}
        />
      )}
      <SelectField
        name="place"
        label="Kind of target"
        hint="A thread is named by its own id: choose another server, by id."
        defaultValue={route?.rules.place.kind ?? "channel"}
        options={[
          { value: "channel", text: "Channel" },
          { value: "thread", text: "Thread of a channel" },
          { value: "forum", text: "Forum: a post for each signal" },
        ]}
      />
      <TextField
        name="parentChannelId"
        label="Channel of the thread"
        hint="For a thread only: the id of the channel it is in."
        inputMode="numeric"
        defaultValue={route?.rules.place.kind === "thread" ? route.rules.place.parentChannelId : ""}
        error={errorOf("parentChannelId")}
      />
    </>
  );
}

/** Source and target of a route never change. */
function Kept({ route }: { route: Route }) {
  return (
    <>
      <input type="hidden" name="sourceId" value={route.sourceId} />
      <input type="hidden" name="guildId" value={route.guildId} />
      <input type="hidden" name="channelId" value={route.channelId} />
    </>
  );
}

type PostingFieldsProps = PartProps & {
  /** Null: the server is not chosen yet. */
  guildId: string | null;
  onPing: (roleId: string | null) => void;
};

/** How posts look there. */
export function PostingFields({ route, errorOf, guildId, onPing }: PostingFieldsProps) {
  const rules = route?.rules ?? PLAIN_RULES;
  return (
    <>
      <SelectField
        name="mode"
        label="Posted as"
        hint="The analyst's name and picture need Manage Webhooks in the channel."
        defaultValue={rules.mode}
        options={[
          { value: "bot", text: "The bot" },
          { value: "webhook", text: "The analyst, by webhook" },
        ]}
      />
      <RolePicker
        key={guildId}
        name="pingRoleId"
        label="Role to ping"
        hint="Optional. Pinged on new posts only."
        defaultValue={route?.pingRoleId ?? ""}
        error={errorOf("pingRoleId")}
        guildId={guildId}
        none="Nobody"
        onChoose={onPing}
      />
      <TextField
        name="prefix"
        label="Line before each post"
        defaultValue={rules.prefix}
        error={errorOf("prefix")}
      />
      <SelectField
        name="whenRemoved"
        label="When somebody removes a post in Discord"
        defaultValue={rules.whenRemoved}
        options={[
          { value: "restore", text: "Post it again, three times at most" },
          { value: "leave", text: "Leave it at that" },
        ]}
      />
      <CheckField
        name="stripInvites"
        label="Take out invitations to other servers"
        defaultChecked={rules.stripInvites}
      />
      <CheckField
        name="stripMentions"
        label="Take out mentions altogether"
        defaultChecked={rules.stripMentions}
      />
    </>
  );
}

/** Which posts, and what is taken out of them. */
export function FilterFields({ route, errorOf }: PartProps) {
  const { keywords, domains, authors } = route?.rules ?? PLAIN_RULES;
  const lists = [
    ["keywordsOnly", "Only posts with one of these words", keywords.only],
    ["keywordsNever", "No posts with one of these words", keywords.never],
    ["keywordsStrip", "Words to take out", keywords.strip],
    ["domainsBlock", "Sites whose links are taken out", domains.block],
    ["domainsAllow", "Sites whose links stay; alone: all others are taken out", domains.allow],
    ["authorsOnly", "Only these authors, by their Discord id", authors.only],
    ["authorsNever", "Not these authors, by their Discord id", authors.never],
  ] as const;
  return lists.map(([name, label, entries]) => (
    <TextAreaField
      key={name}
      name={name}
      label={label}
      hint="One a line."
      rows={2}
      defaultValue={entries.join("\n")}
      error={errorOf(name)}
    />
  ));
}
