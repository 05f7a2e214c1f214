/** The sources, and adding one. */
import { FEEDS } from "@heliograph/domain";
import {
  Badge,
  Code,
  type Column,
  EmptyIcon,
  Form,
  Inset,
  Notice,
  Panel,
  SelectField,
  Table,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Source } from "../backend.ts";
import { ChannelPicker, type Place } from "../discord/channel-picker.tsx";
import { SourceFindings } from "../discord/source-findings.tsx";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";
import { type FormErrors, readSourceForm, type SourceField } from "./form-values.ts";
import { tierWord } from "./tier-word.ts";

const COLUMNS: ReadonlyArray<Column<Source>> = [
  { key: "name", title: "Source", cell: ({ name }) => name },
  { key: "tier", title: "Feed", cell: ({ minTier }) => <Badge>{tierWord(minTier)}</Badge> },
  { key: "channel", title: "Channel", cell: ({ channelId }) => <Code>{channelId}</Code> },
  { key: "guild", title: "Server", cell: ({ guildId }) => <Code>{guildId}</Code> },
  {
    key: "bots",
    title: "Posts by bots",
    cell: ({ allowBots }) => (allowBots ? "Captured" : "Ignored"),
  },
  {
    key: "hosts",
    title: "Pictures from",
    cell: ({ mediaHosts = [] }) => ["Discord", ...mediaHosts].join(", "),
  },
];

export function SourcesPanel({ answer }: { answer: Answer<{ sources: Source[] }> }) {
  return (
    <Panel
      title="Sources"
      about="Channels whose posts become signals. A source's feed holds for signals that arrive from then on."
      flush
    >
      <QueryState answer={answer} heightRem={10}>
        {({ sources }) =>
          sources.length === 0 ? (
            <Notice icon={EmptyIcon} title="No sources yet">
              <p>Add the channel your analysts post in.</p>
            </Notice>
          ) : (
            <Table
              caption="Sources"
              columns={COLUMNS}
              rows={sources}
              rowKey={({ sourceId }) => sourceId}
            />
          )
        }
      </QueryState>
      <Inset>
        <SourceForm />
      </Inset>
    </Panel>
  );
}

function SourceForm() {
  const client = useConvex();
  const deed = useDeed();
  const [errors, setErrors] = useState<FormErrors<SourceField>>({});
  const [place, setPlace] = useState<Place | null>(null);
  const submit = async (form: FormData) => {
    const read = readSourceForm(form);
    setErrors(read.ok ? {} : read.errors);
    deed.reset();
    if (!read.ok) return false;
    return await deed.run(() => client.mutation(api.sources.create, read.value));
  };
  const { refusal } = deed;
  const onField =
    { name_taken: "name", channel_taken: "channelId", bad_media_host: "mediaHosts" }[
      refusal?.code ?? ""
    ] ?? null;
  const fieldError = (field: SourceField) =>
    errors[field] ?? (onField === field ? (refusal?.message ?? null) : null);
  return (
    <Form
      label="Add a source"
      action="Add source"
      busy={deed.busy}
      error={onField === null ? (refusal?.message ?? null) : null}
      onSubmit={submit}
    >
      <TextField
        name="name"
        label="Name"
        hint="Shown on every signal."
        error={fieldError("name")}
      />
      <SelectField
        name="minTier"
        label="Feed"
        hint="The lowest plan that sees it."
        options={FEEDS.map((feed) => ({ value: feed, text: tierWord(feed) }))}
      />
      <ChannelPicker
        errors={{ guildId: fieldError("guildId"), channelId: fieldError("channelId") }}
        onChoose={setPlace}
      />
      <TextField
        name="mediaHosts"
        label="Picture hosts"
        hint="Besides Discord, where its pictures may be copied from: i.example.com, *.example.com. Empty for none."
        error={fieldError("mediaHosts")}
      />
      {place !== null && <SourceFindings place={place} />}
    </Form>
  );
}
