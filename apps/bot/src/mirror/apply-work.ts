/**
 * Makes one mirror true in Discord and says what came of it. Never throws: every
 * failure is an outcome that the backend keeps on the row.
 *
 * Exactly one post: the nonce makes a repeat within minutes harmless; where more
 * time may have passed, or a webhook posts, the channel is read, and what carries
 * this mirror's card is taken as posted.
 */
import type { MirrorWork } from "../backend.ts";
import type { DiscordChannel } from "./discord-channel.ts";
import { classifyDiscordError, type DiscordFailure, isUnknownMessage } from "./discord-error.ts";
import { GoneWithThread } from "./forum-channel.ts";
import { type MessageBody, mirrorBodies, recognise } from "./mirror-parts.ts";
import { nextStep } from "./next-step.ts";

export interface ApplyDoors {
  /** The mirror's target. */
  readonly channel: DiscordChannel;
}

/** `messageIds`: what stands in the channel now; `threadId`: in which forum post. */
export type Applied =
  | {
      readonly outcome: "applied";
      readonly messageIds: string[];
      readonly threadId: string | null;
    }
  | DiscordFailure;

const NONCE_LENGTH = 25; // what Discord takes

export async function applyWork(work: MirrorWork, doors: ApplyDoors): Promise<Applied> {
  try {
    const messageIds = await closeGap(work, doors);
    return { outcome: "applied", messageIds, threadId: doors.channel.threadId };
  } catch (error) {
    return classifyDiscordError(error);
  }
}

async function closeGap(work: MirrorWork, doors: ApplyDoors): Promise<string[]> {
  const step = nextStep(work);
  switch (step.kind) {
    case "delete":
      return await removeAll(step.messageIds, doors);
    case "deleteWhatIsFound":
      return await removeAll(await findPosted(work, doors), doors);
    case "edit":
      return await show(work, step.messageIds, doors);
    case "send":
      return await show(work, step.lookFirst ? await findPosted(work, doors) : [], doors);
    default:
      return step satisfies never;
  }
}

/**
 * Edits what stands, in its order, posts what is missing, removes what is too
 * much. Which part a standing message showed before does not matter.
 */
async function show(
  work: MirrorWork,
  standing: readonly string[],
  doors: ApplyDoors,
): Promise<string[]> {
  const bodies = mirrorBodies(work, standing.length === 0 ? "create" : "edit");
  const ids: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const id = standing[index];
    const isShown = id !== undefined && (await reached(() => doors.channel.edit(id, body)));
    if (isShown) ids.push(id);
    else ids.push(await fill(work, { index, body, taken: [...standing, ...ids] }, doors));
  }
  const surplus = standing.slice(bodies.length).filter((id) => !ids.includes(id));
  await removeAll(surplus, doors);
  return ids;
}

interface Gap {
  readonly index: number;
  readonly body: MessageBody;
  /** Messages of the mirror that have their use already. */
  readonly taken: readonly string[];
}

/**
 * Posts a message that is missing. Where the mirror was applied before, its nonce
 * may be hours old: whether an earlier try posted it is seen in the channel only.
 */
async function fill(work: MirrorWork, gap: Gap, doors: ApplyDoors): Promise<string> {
  const { index, body, taken } = gap;
  const posted = work.applied === null ? [] : await findPosted(work, doors);
  const found = posted.find((id) => !taken.includes(id));
  if (found !== undefined && (await reached(() => doors.channel.edit(found, body)))) return found;
  const sent = await doors.channel.send(body, {
    nonce: nonceOf(work, index),
    replyToMessageId: index === 0 ? (work.replyTo?.messageId ?? null) : null,
  });
  // An earlier try, of an older revision, has posted it: now it shows that one's text.
  if (!sent.showsBody && work.wanted.revision > 1) await doors.channel.edit(sent.id, body);
  return sent.id;
}

/** The same for every try; another one for what replaces a message that was removed. */
function nonceOf(work: MirrorWork, index: number): string {
  const part = index === 0 ? "" : `.${index}`;
  const replacement = work.applied === null ? "" : `r${work.wanted.revision}l${work.losses}`;
  const suffix = `${part}${replacement}`;
  return `${work.nonce.slice(0, NONCE_LENGTH - suffix.length)}${suffix}`;
}

/** False when the message is not there any more: somebody removed it by hand. */
async function reached(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (isUnknownMessage(error) || error instanceof GoneWithThread) return false;
    throw error;
  }
}

/** Nothing of it stands afterwards. */
async function removeAll(ids: readonly string[], doors: ApplyDoors): Promise<[]> {
  for (const id of ids) await reached(() => doors.channel.remove(id));
  return [];
}

async function findPosted(work: MirrorWork, doors: ApplyDoors): Promise<string[]> {
  return recognise(work, await doors.channel.newest(work.plannedAtMs));
}
