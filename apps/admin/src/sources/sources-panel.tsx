/** The sources, adding one, and changing one. */
import {
  Badge,
  Button,
  type Column,
  EmptyIcon,
  Form,
  FormNote,
  Inset,
  Notice,
  Panel,
  Table,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Source } from "../backend.ts";
import { ChannelPicker, type Place } from "../discord/channel-picker.tsx";
import { ChannelName, GuildName } from "../discord/place-names.tsx";
import { SourceFindings } from "../discord/source-findings.tsx";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";
import { type FormErrors, readSourceForm, type SourceField } from "./form-values.ts";
import { SourceDialog } from "./source-dialog.tsx";
import { refusedField, SourceFields } from "./source-fields.tsx";
import { tierWord } from "./tier-word.ts";

export function SourcesPanel({ answer }: { answer: Answer<{ sources: Source[] }> }) {
  const [edited, setEdited] = useState<Source | null>(null);
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
              columns={columnsFor(setEdited)}
              rows={sources}
              rowKey={({ sourceId }) => sourceId}
            />
          )
        }
      </QueryState>
      <Inset>
        <SourceForm />
      </Inset>
      <SourceDialog source={edited} onDone={() => setEdited(null)} />
    </Panel>
  );
}

function columnsFor(onEdit: (source: Source) => void): ReadonlyArray<Column<Source>> {
  return [
    { key: "name", title: "Source", cell: ({ name }) => name },
    { key: "tier", title: "Feed", cell: ({ minTier }) => <Badge>{tierWord(minTier)}</Badge> },
    { key: "channel", title: "Channel", cell: (source) => <ChannelName {...source} /> },
    { key: "guild", title: "Server", cell: ({ guildId }) => <GuildName guildId={guildId} /> },
    { key: "programs", title: "Programs let in", cell: programsText },
    {
      key: "hosts",
      title: "Pictures from",
      cell: ({ mediaHosts = [] }) => ["Discord", ...mediaHosts].join(", "),
    },
    {
      key: "edit",
      title: "",
      align: "end",
      cell: (source) => (
        <Button aria-label={`Edit ${source.name}`} onClick={() => onEdit(source)}>
          Edit
        </Button>
      ),
    },
  ];
}

function programsText({ allowBots, allowedAuthors }: Source): string {
  if (allowBots) return "All";
  return allowedAuthors.length === 0 ? "None" : String(allowedAuthors.length);
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
  const onField = refusedField(refusal);
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
      <ChannelPicker
        errors={{ guildId: fieldError("guildId"), channelId: fieldError("channelId") }}
        onChoose={setPlace}
      />
      <SourceFields source={null} errorOf={fieldError} />
      {place !== null && (
        <FormNote>
          <SourceFindings place={place} />
        </FormNote>
      )}
    </Form>
  );
}
