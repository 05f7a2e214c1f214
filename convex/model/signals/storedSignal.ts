/**
 * A signal's row and the fold's state, one turned into the other.
 *
 * The row holds what a viewer sees as columns, and beside each field only when
 * and by what it was written: the text of a post is stored once.
 */
import {
  type SignalFields,
  type SignalKind,
  type SignalState,
  type SignalView,
  viewOfSignal,
  type Written,
} from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";

/** The columns of a signal that follow from its events. */
export type FoldedColumns = Pick<
  Doc<"signals">,
  | "state"
  | "revision"
  | "kind"
  | "author"
  | "content"
  | "embeds"
  | "attachments"
  | "replyToMessageId"
  | "postedAtMs"
  | "editedAtMs"
  | "deletedAtMs"
  | "fold"
>;

type FoldMemory = FoldedColumns["fold"];

/** The columns to store for a state; `classify` as for `viewOfSignal`. */
export function columnsOf(
  state: SignalState,
  classify?: (text: string) => SignalKind,
): FoldedColumns {
  const { replyTo, ...view }: SignalView = viewOfSignal(state, classify);
  const { firstAtMs, createdAtMs, revision } = state;
  const written = state.state === "live" ? memoryOf(state.fields) : {};
  return {
    ...view,
    revision,
    replyToMessageId: replyTo,
    fold: { firstAtMs, createdAtMs, written },
  };
}

/** The state that `columnsOf` stored. */
export function stateOf(row: FoldedColumns): SignalState {
  const { firstAtMs, createdAtMs } = row.fold;
  const times = { revision: row.revision, firstAtMs, createdAtMs };
  if (row.state === "deleted") {
    return { ...times, state: "deleted", deletedAtMs: row.deletedAtMs ?? firstAtMs };
  }
  return { ...times, state: "live", editedAtMs: row.editedAtMs, fields: fieldsOf(row) };
}

function memoryOf(fields: SignalFields): FoldMemory["written"] {
  const { author, content, embeds, attachments, replyTo, kind } = fields;
  return {
    ...(author && { author: stampOf(author) }),
    ...(content && { content: stampOf(content) }),
    ...(embeds && { embeds: stampOf(embeds) }),
    ...(attachments && { attachments: stampOf(attachments) }),
    ...(replyTo && { replyTo: stampOf(replyTo) }),
    ...(kind && { kind: { ...stampOf(kind), value: kind.value } }),
  };
}

function fieldsOf(row: FoldedColumns): SignalFields {
  const { author, content, embeds, attachments, replyTo, kind } = row.fold.written;
  return {
    ...(author && row.author !== null && { author: { ...author, value: row.author } }),
    ...(content && { content: { ...content, value: row.content } }),
    ...(embeds && { embeds: { ...embeds, value: row.embeds } }),
    ...(attachments && { attachments: { ...attachments, value: row.attachments } }),
    ...(replyTo &&
      row.replyToMessageId !== null && { replyTo: { ...replyTo, value: row.replyToMessageId } }),
    ...(kind && { kind }),
  };
}

function stampOf({ atMs, by }: Written<unknown>): { atMs: number; by: "create" | "update" } {
  return { atMs, by };
}
