/** Whose posts are captured beside people's: bots, webhooks, copies from announcement channels. */
import { Form, Panel, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type Source } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { readIds } from "./capture-words.ts";
import { ProgramFields } from "./program-fields.tsx";

type SourceId = Source["sourceId"];

export function ProgramsPanel({ sourceId }: { sourceId: SourceId }) {
  const answer = useConsoleQuery(api.sources.list, {});
  return (
    <Panel
      title="Who is captured"
      about="People always. Programs (bots, webhooks, copies of followed channels) only if you let them in."
    >
      <QueryState answer={answer} heightRem={8}>
        {({ sources }) => {
          const source = sources.find((known) => known.sourceId === sourceId);
          return source === undefined ? null : <ProgramsForm source={source} />;
        }}
      </QueryState>
    </Panel>
  );
}

function ProgramsForm({ source }: { source: Source }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const { sourceId } = source;
  const submit = async (form: FormData) => {
    const changes = {
      allowBots: form.get("allowBots") !== null,
      allowedAuthors: readIds(String(form.get("allowedAuthors") ?? "")),
    };
    await run(() => client.mutation(api.sources.update, { sourceId, ...changes }));
    return false; // the fields go on showing what holds
  };
  const isOfField = refusal?.code === "bad_author";
  return (
    <Form
      label="Who is captured"
      action="Save"
      busy={busy}
      error={isOfField ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <ProgramFields source={source} error={isOfField ? refusal.message : null} />
    </Form>
  );
}
