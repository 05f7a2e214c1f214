/** The form of a route in a dialog, a new one or one that is there, with a live preview. */
import { PLAIN_RULES, type RouteRules } from "@heliograph/domain";
import {
  CheckField,
  Dialog,
  Form,
  SelectField,
  Stack,
  TextAreaField,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Route, type Source } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import type { FormErrors } from "../sources/form-values.ts";
import { type RouteField, type RouteValue, readRouteForm } from "./route-form-values.ts";
import { RoutePreview } from "./route-preview.tsx";

/** Null: closed; "new": an empty form. */
export type EditedRoute = Route | "new" | null;

type RouteDialogProps = { edited: EditedRoute; sources: readonly Source[]; onDone: () => void };

export function RouteDialog({ edited, sources, onDone }: RouteDialogProps) {
  const route = edited === "new" ? null : edited;
  return (
    <Dialog
      open={edited !== null}
      onOpenChange={(open) => !open && onDone()}
      title={route === null ? "New route" : `Route to ${route.name}`}
      description={
        route === null
          ? "Posts that arrive from now on are mirrored."
          : "What you save holds for posts from now on; what was posted keeps its rules."
      }
    >
      <RouteForm route={route} sources={sources} onDone={onDone} />
    </Dialog>
  );
}

type RouteFormProps = { route: Route | null; sources: readonly Source[]; onDone: () => void };

function RouteForm({ route, sources, onDone }: RouteFormProps) {
  const client = useConvex();
  const deed = useDeed();
  const [errors, setErrors] = useState<FormErrors<RouteField>>({});
  const [filled, setFilled] = useState<FormData>(() => formOf(route));
  const save = (value: RouteValue) => {
    const { name, pingRoleId } = value;
    const rules = writable(value.rules);
    if (route !== null) {
      return client.mutation(api.routes.change, {
        routeId: route.routeId,
        name,
        pingRoleId,
        rules,
      });
    }
    const source = sources.find((known) => known.sourceId === value.sourceId);
    if (source === undefined) throw new Error("The source is not there any more.");
    const { guildId, channelId } = value;
    const ping = pingRoleId === null ? {} : { pingRoleId };
    const target = { sourceId: source.sourceId, guildId, channelId, name };
    return client.mutation(api.routes.create, { ...target, ...ping, rules });
  };
  const submit = async (form: FormData) => {
    const read = readRouteForm(form);
    setErrors(read.ok ? {} : read.errors);
    deed.reset();
    if (!read.ok) return false;
    if (await deed.run(() => save(read.value))) onDone();
    return false; // the dialog closes; until then the form keeps what was typed
  };
  const { refusal } = deed;
  const onChannel = refusal?.code === "route_exists" || refusal?.code === "target_is_source";
  const errorOf = (field: RouteField) =>
    errors[field] ?? (field === "channelId" && onChannel ? (refusal?.message ?? null) : null);
  return (
    <Stack>
      <Form
        label={route === null ? "Add a route" : `Route ${route.name}`}
        action={route === null ? "Add route" : "Save"}
        busy={deed.busy}
        error={onChannel ? null : (refusal?.message ?? null)}
        onSubmit={submit}
        onChange={setFilled}
      >
        <TargetFields route={route} sources={sources} errorOf={errorOf} />
        <PostingFields route={route} errorOf={errorOf} />
        <FilterFields route={route} errorOf={errorOf} />
      </Form>
      <PreviewOfSource form={filled} sources={sources} />
    </Stack>
  );
}

function PreviewOfSource({ form, sources }: { form: FormData; sources: readonly Source[] }) {
  const live = useConsoleQuery(api.live.signals, { limit: 50 });
  const chosen = String(form.get("sourceId") ?? "");
  const source = sources.find(({ sourceId }) => sourceId === chosen) ?? sources[0];
  const signals = live.state === "ready" ? live.data.signals : [];
  const newest = signals.find(
    ({ sourceId, state, content }) =>
      sourceId === source?.sourceId && state === "live" && content !== "",
  );
  const post =
    newest === undefined
      ? null
      : { content: newest.content, authorName: newest.author?.name ?? "Analyst" };
  return <RoutePreview form={form} sourceName={source?.name ?? ""} newest={post} />;
}

type PartProps = { route: Route | null; errorOf: (field: RouteField) => string | null };

function TargetFields({ route, sources, errorOf }: PartProps & { sources: readonly Source[] }) {
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
        <>
          <TextField
            name="channelId"
            label="Channel id"
            hint="Of a thread its own id."
            inputMode="numeric"
            error={errorOf("channelId")}
          />
          <TextField
            name="guildId"
            label="Server id"
            inputMode="numeric"
            error={errorOf("guildId")}
          />
        </>
      )}
      <SelectField
        name="place"
        label="Kind of target"
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

function PostingFields({ route, errorOf }: PartProps) {
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
      <TextField
        name="pingRoleId"
        label="Role to ping"
        hint="Optional. Pinged on new posts only."
        inputMode="numeric"
        defaultValue={route?.pingRoleId ?? ""}
        error={errorOf("pingRoleId")}
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

function FilterFields({ route, errorOf }: PartProps) {
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

/** What the form holds before anything was typed. */
function formOf(route: Route | null): FormData {
  const form = new FormData();
  const rules = route?.rules ?? PLAIN_RULES;
  const fields = {
    sourceId: route?.sourceId ?? "",
    pingRoleId: route?.pingRoleId ?? "",
    mode: rules.mode,
    prefix: rules.prefix,
    place: rules.place.kind,
    parentChannelId: rules.place.kind === "thread" ? rules.place.parentChannelId : "",
    keywordsOnly: rules.keywords.only.join("\n"),
    keywordsNever: rules.keywords.never.join("\n"),
    keywordsStrip: rules.keywords.strip.join("\n"),
    domainsBlock: rules.domains.block.join("\n"),
    domainsAllow: rules.domains.allow.join("\n"),
    authorsOnly: rules.authors.only.join("\n"),
    authorsNever: rules.authors.never.join("\n"),
  };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (rules.stripInvites) form.set("stripInvites", "on");
  if (rules.stripMentions) form.set("stripMentions", "on");
  return form;
}

/** With lists of its own, as the client wants them. */
function writable(rules: RouteRules): Route["rules"] {
  const { authors, keywords, domains } = rules;
  return {
    ...rules,
    authors: { only: [...authors.only], never: [...authors.never] },
    keywords: {
      only: [...keywords.only],
      never: [...keywords.never],
      strip: [...keywords.strip],
    },
    domains: { allow: [...domains.allow], block: [...domains.block] },
  };
}
