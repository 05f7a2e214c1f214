/**
 * Makes one mirror true in Discord and says what came of it. Never throws: every
 * failure is an outcome that the backend keeps on the row.
 *
 * Exactly one post: the nonce makes a repeat within minutes harmless; where more
 * time may have passed (`lookFirst`) the channel is read, and what carries this
 * mirror's reference is taken as posted.
 */
import type { MirrorWork, SettleResult } from "../backend.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import { classifyDiscordError, isUnknownMessage } from "./discord-error.ts";
import { mirrorBodies, recognise } from "./mirror-parts.ts";
import { nextStep } from "./next-step.ts";

export interface ApplyDoors {
  readonly channel: DiscordChannel;
  /** The bot's own user id: only its own messages are ever taken for mirrors. */
  readonly botUserId: string;
}

type Standing = readonly (string | undefined)[];

export async function applyWork(work: MirrorWork, doors: ApplyDoors): Promise<SettleResult> {
  const settled = { mirrorId: work.mirrorId, revision: work.wanted.revision };
  try {
    return { ...settled, outcome: "applied", messageIds: await closeGap(work, doors) };
  } catch (error) {
    return { ...settled, ...classifyDiscordError(error) };
  }
}

/** Returns the ids of the messages that stand in the channel afterwards. */
async function closeGap(work: MirrorWork, doors: ApplyDoors): Promise<string[]> {
  const step = nextStep(work);
  switch (step.kind) {
    case "nothing":
      return [];
    case "delete":
      return await removeAll(work, step.messageIds, doors);
    case "removeUnsettled":
      return await removeAll(work, await findPosted(work, doors), doors);
    case "edit":
      return await show(work, step.messageIds, doors);
    case "send":
      return await show(work, step.lookFirst ? await findPosted(work, doors) : [], doors);
    default:
      return step satisfies never;
  }
}

/** Edits what stands, posts what is missing, removes what is too much. */
async function show(work: MirrorWork, standing: Standing, doors: ApplyDoors): Promise<string[]> {
  const stands = standing.some((id) => id !== undefined);
  const bodies = mirrorBodies(work, stands ? "edit" : "create");
  const ids: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const id = standing[index];
    const isShown =
      id !== undefined &&
      (await reached(() => doors.channel.edit(work.target.channelId, id, body)));
    ids.push(isShown ? id : await post(work, index, body, doors));
  }
  await removeAll(work, standing.slice(bodies.length), doors);
  return ids;
}

function post(
  work: MirrorWork,
  index: number,
  body: ReturnType<typeof mirrorBodies>[number],
  doors: ApplyDoors,
): Promise<string> {
  return doors.channel.send(work.target.channelId, body, {
    nonce: index === 0 ? work.nonce : `${work.nonce.slice(0, 21)}.${index}`,
    replyToMessageId: index === 0 ? (work.replyTo?.messageId ?? null) : null,
  });
}

/** False when the message is not there any more: somebody removed it by hand. */
async function reached(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (isUnknownMessage(error)) return false;
    throw error;
  }
}

async function removeAll(work: MirrorWork, ids: Standing, doors: ApplyDoors): Promise<string[]> {
  for (const id of ids) {
    if (id !== undefined) await reached(() => doors.channel.remove(work.target.channelId, id));
  }
  return [];
}

async function findPosted(work: MirrorWork, doors: ApplyDoors): Promise<Standing> {
  return recognise(work, await doors.channel.newest(work.target.channelId), doors.botUserId);
}
