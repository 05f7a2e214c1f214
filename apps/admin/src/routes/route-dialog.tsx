/** The form of a route in a dialog, a new one or one that is there, with a live preview. */
import { PLAIN_RULES, type RouteRules } from "@heliograph/domain";
import { CheckField, Dialog, Form, Stack, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Route, type Source } from "../backend.ts";
import type { Place } from "../discord/channel-picker.tsx";
import { TargetFindings } from "../discord/target-findings.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import type { FormErrors } from "../sources/form-values.ts";
import { FilterFields, PostingFields, TargetFields } from "./route-fields.tsx";
import {
  type RouteField,
  type RouteValue,
  readRouteForm,
  readRouteRules,
} from "./route-form-values.ts";
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
  const [place, setPlace] = useState<Place | null>(route);
  const [pinged, setPinged] = useState<string | null>(route?.pingRoleId ?? null);
  const choose = (next: Place | null) => {
    if (next?.guildId !== place?.guildId) setPinged(null);
    setPlace(next);
  };
  const save = (value: RouteValue, despiteFindings: boolean) => {
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
    return client.mutation(api.routes.create, { ...target, ...ping, rules, despiteFindings });
  };
  const submit = async (form: FormData) => {
    const read = readRouteForm(form);
    setErrors(read.ok ? {} : read.errors);
    deed.reset();
    if (!read.ok) return false;
    if (await deed.run(() => save(read.value, form.has("despiteFindings")))) onDone();
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
        <TargetFields route={route} sources={sources} errorOf={errorOf} onPlace={choose} />
        <PostingFields
          route={route}
          errorOf={errorOf}
          guildId={place?.guildId ?? null}
          onPing={setPinged}
        />
        <FilterFields route={route} errorOf={errorOf} />
        {place !== null && <FindingsOf place={place} form={filled} pingRoleId={pinged} />}
        {refusal?.code === "doctor_objects" && (
          <CheckField name="despiteFindings" label="Add it although it does not work yet" />
        )}
      </Form>
      <PreviewOfSource form={filled} sources={sources} />
    </Stack>
  );
}

type FindingsOfProps = { place: Place; form: FormData; pingRoleId: string | null };

/** What stands in the way of the route as it is filled in now. */
function FindingsOf({ place, form, pingRoleId }: FindingsOfProps) {
  const { guildId, channelId } = place;
  const rules = readRouteRules(form);
  const { mode, place: within } = rules.ok ? rules.value : PLAIN_RULES;
  return <TargetFindings target={{ guildId, channelId, mode, place: within, pingRoleId }} />;
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
