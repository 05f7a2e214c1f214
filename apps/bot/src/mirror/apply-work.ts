/**
 * Makes one mirror true in Discord and says what came of it. Never throws: every
 * failure is an outcome that the backend keeps on the row.
 *
 * Exactly one post: the nonce makes a repeat within minutes harmless; where more
 * time may have passed (`lookFirst`) the channel is read and a message that
 * carries this mirror's reference in its footer is taken as the one posted.
 */
import { type MirrorPayload, mirrorReference, renderMirrorMessage } from "@heliograph/domain";
import type { MirrorWork, SettleResult } from "../backend.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import { classifyDiscordError, isUnknownMessage } from "./discord-error.ts";
import { nextStep } from "./next-step.ts";

export interface ApplyDoors {
  readonly channel: DiscordChannel;
  /** The bot's own user id: only its own messages are ever taken for mirrors. */
  readonly botUserId: string;
}

export async function applyWork(work: MirrorWork, doors: ApplyDoors): Promise<SettleResult> {
  const settled = { mirrorId: work.mirrorId, revision: work.wanted.revision };
  try {
    const messageIds = await close(work, doors);
    return { ...settled, outcome: "applied", messageIds };
  } catch (error) {
    const { retryAfterMs, ...failure } = classifyDiscordError(error);
    return { ...settled, ...failure, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}

/** Returns the ids of the messages that stand in the channel afterwards. */
async function close(work: MirrorWork, doors: ApplyDoors): Promise<string[]> {
  const step = nextStep(work);
  switch (step.kind) {
    case "nothing":
      return [];
    case "delete":
      for (const id of step.messageIds) await removeIfThere(work, id, doors);
      return [];
    case "removeUnsettled": {
      const standing = await findPosted(work, doors);
      if (standing !== undefined) await removeIfThere(work, standing, doors);
      return [];
    }
    case "edit":
      return edit(work, step.messageIds, doors);
    case "send":
      return step.lookFirst ? sendOnce(work, doors) : [await send(work, doors)];
    default:
      return step satisfies never;
  }
}

async function sendOnce(work: MirrorWork, doors: ApplyDoors): Promise<string[]> {
  const standing = await findPosted(work, doors);
  return standing === undefined ? [await send(work, doors)] : edit(work, [standing], doors);
}

function send(work: MirrorWork, doors: ApplyDoors): Promise<string> {
  return doors.channel.send(work.target.channelId, payloadOf(work, "create"), {
    nonce: work.nonce,
    replyToMessageId: work.replyTo?.messageId ?? null,
  });
}

async function edit(
  work: MirrorWork,
  messageIds: readonly string[],
  doors: ApplyDoors,
): Promise<string[]> {
  const [first, ...others] = messageIds;
  if (first === undefined) return [await send(work, doors)];
  try {
    await doors.channel.edit(work.target.channelId, first, payloadOf(work, "edit"));
  } catch (error) {
    if (!isUnknownMessage(error)) throw error;
    return [await send(work, doors)]; // somebody removed the copy by hand; it is still wanted
  }
  for (const id of others) await removeIfThere(work, id, doors);
  return [first];
}

async function removeIfThere(
  work: MirrorWork,
  messageId: string,
  doors: ApplyDoors,
): Promise<void> {
  try {
    await doors.channel.remove(work.target.channelId, messageId);
  } catch (error) {
    if (!isUnknownMessage(error)) throw error;
  }
}

async function findPosted(work: MirrorWork, doors: ApplyDoors): Promise<string | undefined> {
  const reference = mirrorReference(work);
  const posted = await doors.channel.newest(work.target.channelId);
  return posted.find(
    (message) => message.authorId === doors.botUserId && message.footers.includes(reference),
  )?.id;
}

function payloadOf(work: MirrorWork, occasion: "create" | "edit"): MirrorPayload {
  if (work.message === null)
    throw new Error(`mirror ${work.mirrorId} has no message, though it is wanted`);
  return renderMirrorMessage({ ...work.message, reference: mirrorReference(work) }, occasion);
}
