/** What the messages of one mirror look like, and how to recognise them in a channel. Pure. */
import { bearsMark, type MirrorPart, markOf, renderMirror } from "@heliograph/domain";
import type { MirrorWork } from "../backend.ts";

/** A file to post with a message, as discord.js takes it. */
export interface MirrorFile {
  readonly name: string;
  readonly contentType: string;
  readonly data: Buffer;
}

/** Body of one message, ready for Discord's REST API, and the files that go with it. */
export type MessageBody = MirrorPart & { readonly files?: readonly MirrorFile[] };

/** A message of ours that stands in a channel, as far as recognising needs it. */
export interface PostedMessage {
  readonly id: string;
  /** Author line of its last embed, where the card is; null without one. */
  readonly card: string | null;
  /** All a reader reads. */
  readonly text: string;
}

/** The messages of a mirror that is wanted, in order. Throws when it is to be deleted. */
export function mirrorBodies(work: MirrorWork, purpose: "create" | "edit"): MessageBody[] {
  const { message, mode } = work;
  if (message === null) throw new Error(`mirror ${work.mirrorId} is to be deleted, not shown`);
  return renderMirror(message, { purpose, mode, mark: markOf(work), replyUrl: replyUrlOf(work) });
}

/** Ids of all messages that belong to this mirror, whatever part of it they show, in their order. */
export function recognise(work: MirrorWork, posted: readonly PostedMessage[]): string[] {
  const mark = markOf(work);
  return posted.filter(({ card }) => card !== null && bearsMark(card, mark)).map(({ id }) => id);
}

/** The answered message as Discord's own links name it. */
function replyUrlOf({ replyTo, target }: MirrorWork): string | undefined {
  if (replyTo === null) return undefined;
  const place = [target.guildId, replyTo.threadId ?? target.channelId, replyTo.messageId];
  return `https://discord.com/channels/${place.join("/")}`;
}
