/**
 * Compares what the simulated Discord shows with what is wanted.
 *
 *   diverged    a post that is missing or shows something else, a captured text that is not the source's, a role
 *               that is wanted and not held
 *   duplicate   more messages of a post than it has, also those that a check has found and removed
 *   orphan      a message of a post that is not wanted there, a role that nothing gives and nobody gave by hand
 */

import { readMark } from "@heliograph/domain";
import type { MirrorWork } from "../../../apps/bot/src/backend.ts";
import { textOf, toPosted } from "../../../apps/bot/src/mirror/discord-channel.ts";
import { mirrorBodies } from "../../../apps/bot/src/mirror/mirror-parts.ts";
import type { Stage } from "./stage.ts";

export interface Verdict {
  readonly diverged: readonly string[];
  readonly duplicates: readonly string[];
  readonly orphans: readonly string[];
}

export function judge(stage: Stage): Verdict {
  const verdicts = [judgeCapture(stage), ...stage.targetIds.map((id) => judgeTarget(stage, id))];
  const all = [...verdicts, judgeRoles(stage)];
  const strays = stage.backend.rows.strays.map((id) => `${id}, which a check removed`);
  return {
    diverged: all.flatMap(({ diverged = [] }) => diverged),
    duplicates: [...all.flatMap(({ duplicates = [] }) => duplicates), ...strays],
    orphans: all.flatMap(({ orphans = [] }) => orphans),
  };
}

export function isClean({ diverged, duplicates, orphans }: Verdict): boolean {
  return diverged.length + duplicates.length + orphans.length === 0;
}

function judgeCapture({ sim, sourceId, backend }: Stage): Partial<Verdict> {
  const posted = sim.messages(sourceId).map(({ id, content }) => `${id} ${content}`);
  const stored = backend
    .liveOf(sourceId)
    .map(({ messageId, content }) => `${messageId} ${content}`);
  const missing = posted.filter((text) => !stored.includes(text));
  const tooMuch = stored.filter((text) => !posted.includes(text));
  return {
    diverged: [
      ...missing.map((text) => `not captured: ${text.slice(0, 60)}`),
      ...tooMuch.map((text) => `captured and not there: ${text.slice(0, 60)}`),
    ],
  };
}

function judgeTarget({ sim, backend }: Stage, channelId: string): Verdict {
  const verdict = { diverged: [] as string[], duplicates: [] as string[], orphans: [] as string[] };
  const shown = new Map<number, string[]>(); // texts by the place of the signal
  for (const message of sim.messages(channelId)) {
    const { card, text } = toPosted(message);
    const mark = card === null ? null : readMark(card);
    if (mark === null) verdict.orphans.push(`message ${message.id} without a mark: ${text}`);
    else shown.set(mark.seq, [...(shown.get(mark.seq) ?? []), text]);
  }
  for (const work of backend.rows.all()) {
    if (work.target.channelId !== channelId) continue;
    compare(work, shown.get(work.seq) ?? [], verdict);
    shown.delete(work.seq);
  }
  for (const [seq, texts] of shown) verdict.orphans.push(`${texts.length} of no mirror: #${seq}`);
  return verdict;
}

function compare(
  work: MirrorWork,
  shown: readonly string[],
  verdict: { diverged: string[]; duplicates: string[]; orphans: string[] },
): void {
  const where = `#${work.seq} in ${work.target.channelId}`;
  if (work.message === null) {
    if (shown.length > 0) verdict.orphans.push(`${shown.length} of ${where}`);
    return;
  }
  const wanted = mirrorBodies(work, "edit").map(textOf);
  if (shown.length > wanted.length) verdict.duplicates.push(`${shown.length} of ${where}`);
  else if (JSON.stringify([...shown].sort()) !== JSON.stringify([...wanted].sort()))
    verdict.diverged.push(`${where} shows ${heads(shown)} instead of ${heads(wanted)}`);
}

function heads(texts: readonly string[]): string {
  return JSON.stringify(texts.map((text) => text.slice(0, 100)));
}

function judgeRoles({ sim, roles, guildId, byHand, roleIds }: Stage): Partial<Verdict> {
  const diverged: string[] = [];
  const orphans: string[] = [];
  for (const { userId, username, bot, roles: held } of sim.members(guildId)) {
    if (bot) continue;
    const heldIds = held.map(({ id }) => id);
    const wanted = roles.wantedOf(userId);
    for (const roleId of wanted) {
      if (!heldIds.includes(roleId)) diverged.push(`${username} lacks role ${roleId}`);
    }
    for (const roleId of roleIds) {
      const isExplained = wanted.includes(roleId) || byHand.has(`${userId} ${roleId}`);
      if (heldIds.includes(roleId) && !isExplained) orphans.push(`${username} holds ${roleId}`);
    }
  }
  return { diverged, orphans };
}
