/**
 * Folds the events of one message into what is stored of it. Events come late,
 * twice and in any order; the result is the same for every order.
 *
 * Each field remembers which event wrote it, so an edit that arrived before its
 * create keeps its own fields and takes the missing ones from the create:
 *
 *   arrives:  update@20 {content}   create@10 {content, author}
 *   stored:   content of update@20, author of create@10
 *
 * Owns the merge only. Seqs, receipt times and mirrors are the backend's.
 *
 * [FOLD1] The stored result is the same for every order and repetition of the events.
 * [FOLD2] At one time, delete beats update beats create; two equal ones, the greater text wins.
 * [FOLD3] A delete is final and leaves a tombstone without content, even if it comes first.
 * [FOLD4] A field an event does not carry keeps its value; an empty one clears it.
 * [FOLD5] The revision rises exactly when what a viewer sees changed; only then is the
 *         outcome created, updated or deleted.
 * [FOLD7] A file whose link was only signed anew is no change that is seen.
 * [FOLD6] An update that carries only embeds is the platform's link preview: it does not mark
 *         the signal as edited.
 */
import { canonicalText } from "./canonical-text.ts";
import { withoutAbsent } from "./field-reading.ts";
import { classifyKind } from "./kind-classifier.ts";
import { mediaAddress } from "./media/wanted-media.ts";
import { postText } from "./post-text.ts";
import type {
  DeleteEvent,
  Embed,
  EventAttachment,
  EventAuthor,
  PostEvent,
  SignalKind,
  SourceEvent,
  SourceKind,
} from "./source-event.ts";

/** A value with the event that wrote it. */
export interface Written<T> {
  value: T;
  atMs: number;
  by: "create" | "update";
}

/** The fields of a live signal, each absent until an event carried it. */
export interface SignalFields {
  author?: Written<EventAuthor>;
  content?: Written<string>;
  embeds?: Written<Embed[]>;
  attachments?: Written<EventAttachment[]>;
  replyTo?: Written<string>;
  kind?: Written<SourceKind>;
}

interface SignalTimes {
  /** Rises with each visible change; starts at 1. Depends on the order of arrival: only compare it. */
  revision: number;
  /** Time of the earliest event seen, and of the create if it was seen. */
  firstAtMs: number;
  createdAtMs: number | null;
}

/** What is stored of one message. Plain JSON, to be kept as it is. */
export type SignalState =
  | (SignalTimes & { state: "live"; editedAtMs: number | null; fields: SignalFields })
  | (SignalTimes & { state: "deleted"; deletedAtMs: number });

/** What an event did. `duplicate` and `stale` changed nothing that is seen. */
export type FoldOutcome = "created" | "updated" | "deleted" | "duplicate" | "stale";

/** Store `state` if it is not the object that was passed in, whatever the outcome says. */
export interface Folded {
  readonly outcome: FoldOutcome;
  readonly state: SignalState;
}

/** What a viewer sees of a signal. Deleted means empty. `replyTo` is a message id of the source. */
export interface SignalView {
  state: "live" | "deleted";
  kind: SignalKind;
  author: EventAuthor | null;
  content: string;
  embeds: Embed[];
  attachments: EventAttachment[];
  replyTo: string | null;
  postedAtMs: number;
  editedAtMs: number | null;
  deletedAtMs: number | null;
}

type LiveState = Extract<SignalState, { state: "live" }>;

/** Folds one event in. Pure; `state` is null for a message never seen. */
export function foldEvent(state: SignalState | null, event: SourceEvent): Folded {
  if (event.type === "delete") return foldDelete(state, event);
  if (state === null) return { outcome: "created", state: born(event) };
  if (state.state === "deleted") return { outcome: "stale", state: withTimes(state, event) };
  return foldPost(state, event);
}

/**
 * What a viewer sees: the same for every order in which the same events arrived. `classify`
 * is asked for the kind of a post whose source named none; it must answer as `classifyKind`.
 */
export function viewOfSignal(
  state: SignalState,
  classify: (text: string) => SignalKind = classifyKind,
): SignalView {
  const postedAtMs = state.createdAtMs ?? state.firstAtMs;
  if (state.state === "deleted") {
    return { ...EMPTY_VIEW, state: "deleted", postedAtMs, deletedAtMs: state.deletedAtMs };
  }
  const { fields, editedAtMs } = state;
  const content = fields.content?.value ?? "";
  const embeds = fields.embeds?.value ?? [];
  return {
    state: "live",
    kind: fields.kind?.value ?? classify(postText({ content, embeds })),
    author: fields.author?.value ?? null,
    content,
    embeds,
    attachments: fields.attachments?.value ?? [],
    replyTo: fields.replyTo?.value ?? null,
    postedAtMs,
    editedAtMs,
    deletedAtMs: null,
  };
}

const EMPTY_VIEW = {
  kind: "other",
  author: null,
  content: "",
  embeds: [],
  attachments: [],
  replyTo: null,
  editedAtMs: null,
} satisfies Partial<SignalView>;

function born(event: PostEvent): LiveState {
  return {
    state: "live",
    revision: 1,
    firstAtMs: event.occurredAt,
    createdAtMs: event.type === "create" ? event.occurredAt : null,
    editedAtMs: editTimeOf(event),
    fields: writtenBy(event),
  };
}

function foldDelete(state: SignalState | null, event: DeleteEvent): Folded {
  const atMs = event.occurredAt;
  if (state === null) {
    const times = { revision: 1, firstAtMs: atMs, createdAtMs: null };
    return { outcome: "deleted", state: { state: "deleted", ...times, deletedAtMs: atMs } };
  }
  if (state.state === "deleted") {
    const earlier = { ...state, deletedAtMs: Math.min(state.deletedAtMs, atMs) };
    return { outcome: "duplicate", state: sameOr(state, withTimes(earlier, event)) };
  }
  const { revision, createdAtMs } = state;
  const firstAtMs = Math.min(state.firstAtMs, atMs);
  const gone = { revision: revision + 1, firstAtMs, createdAtMs, deletedAtMs: atMs };
  return { outcome: "deleted", state: { state: "deleted", ...gone } };
}

function foldPost(state: LiveState, event: PostEvent): Folded {
  const merged: LiveState = {
    ...withTimes(state, event),
    editedAtMs: latest(state.editedAtMs, editTimeOf(event)),
    fields: mergeFields(state.fields, writtenBy(event)),
  };
  if (seenText(merged) !== seenText(state)) {
    return { outcome: "updated", state: { ...merged, revision: state.revision + 1 } };
  }
  const outcome = isKnown(state, event) ? "duplicate" : "stale";
  return { outcome, state: sameOr(state, merged) };
}

function withTimes<S extends SignalState>(state: S, event: SourceEvent): S {
  const firstAtMs = Math.min(state.firstAtMs, event.occurredAt);
  const created = event.type === "create" ? event.occurredAt : null;
  const createdAtMs = earliest(state.createdAtMs, created);
  if (firstAtMs === state.firstAtMs && createdAtMs === state.createdAtMs) return state;
  return { ...state, firstAtMs, createdAtMs };
}

function editTimeOf(event: PostEvent): number | null {
  const carriesPost = event.content !== undefined || event.attachments !== undefined;
  return event.type === "update" && carriesPost ? event.occurredAt : null;
}

function writtenBy(event: PostEvent): SignalFields {
  const write = <T>(value: T | undefined): Written<T> | undefined =>
    value === undefined ? undefined : { value, atMs: event.occurredAt, by: event.type };
  return withoutAbsent({
    author: write(event.author),
    content: write(event.content),
    embeds: write(event.embeds),
    attachments: write(event.attachments),
    replyTo: write(event.replyTo),
    kind: write(event.kind),
  });
}

function mergeFields(a: SignalFields, b: SignalFields): SignalFields {
  return withoutAbsent({
    author: newer(a.author, b.author),
    content: newer(a.content, b.content),
    embeds: newer(a.embeds, b.embeds),
    attachments: newer(a.attachments, b.attachments),
    replyTo: newer(a.replyTo, b.replyTo),
    kind: newer(a.kind, b.kind),
  });
}

const EMPTY_VALUES = {
  author: null,
  content: "",
  embeds: [],
  attachments: [],
  replyTo: null,
  kind: null,
};
const FIELD_NAMES = ["author", "content", "embeds", "attachments", "replyTo", "kind"] as const;

function newer<T>(a: Written<T> | undefined, b: Written<T> | undefined): Written<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.atMs !== b.atMs) return a.atMs > b.atMs ? a : b;
  if (a.by !== b.by) return a.by === "update" ? a : b; // "update" comes after "create"
  return canonicalText(a.value) >= canonicalText(b.value) ? a : b;
}

/** Whether the event is one that was folded in before, as far as what is stored can tell. */
function isKnown(state: LiveState, event: PostEvent): boolean {
  if (event.type === "create") return event.occurredAt === state.createdAtMs;
  const isOutdated = (name: keyof SignalFields) => {
    const stored = state.fields[name];
    return stored !== undefined && stored.atMs > event.occurredAt && event[name] !== undefined;
  };
  return !FIELD_NAMES.some(isOutdated);
}

/** All that `viewOfSignal` shows but the time of posting; the kind follows from it. */
function seenText({ editedAtMs, fields }: LiveState): string {
  const seen = {
    ...fields,
    ...(fields.attachments && { attachments: { value: fields.attachments.value.map(unsigned) } }),
    ...(fields.embeds && { embeds: { value: fields.embeds.value.map(unsignedPictures) } }),
  };
  const values = FIELD_NAMES.map((name) => seen[name]?.value ?? EMPTY_VALUES[name]);
  return canonicalText([editedAtMs, values]);
}

function unsigned(file: EventAttachment): EventAttachment {
  return { ...file, url: mediaAddress(file.url) };
}

function unsignedPictures({ imageUrl, thumbnailUrl, ...embed }: Embed): Embed {
  return {
    ...embed,
    ...(imageUrl !== undefined && { imageUrl: mediaAddress(imageUrl) }),
    ...(thumbnailUrl !== undefined && { thumbnailUrl: mediaAddress(thumbnailUrl) }),
  };
}

function sameOr<S extends SignalState>(before: S, after: S): S {
  return canonicalText(before) === canonicalText(after) ? before : after;
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
