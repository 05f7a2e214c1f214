/**
 * Compares what stands in a target with what is applied there. Pure.
 *
 * [CMP1] Only what was posted within the look is judged: what is older was not read, what is newer may be on its way.
 * [CMP2] A mirror with a message missing is not also called changed: it comes back whole.
 * [CMP3] A message with a card of ours that no mirror claims is a candidate; the backend decides.
 */
import { readMark } from "@heliograph/domain";
import type { CheckReport, MirrorWork } from "../backend.ts";
import { textOf } from "./discord-channel.ts";
import { mirrorBodies, type PostedMessage } from "./mirror-parts.ts";

/** Ids of messages between which everything was read. */
export interface LookedAt {
  readonly from: bigint;
  readonly to: bigint;
}

type Findings = Pick<CheckReport, "compared" | "missing" | "changed" | "strays">;

const MOST_FINDINGS = 100; // what one report takes; the next check finds the rest

export function compareTarget(
  applied: readonly MirrorWork[],
  standing: readonly PostedMessage[],
  looked: LookedAt,
): Findings {
  const isLookedAt = (id: string) => BigInt(id) >= looked.from && BigInt(id) < looked.to;
  const texts = new Map(standing.map(({ id, text }) => [id, text]));
  const claimed = new Set(applied.flatMap((work) => work.applied?.messageIds ?? []));
  const shown = applied.filter(({ message }) => message !== null);
  const missing = shown.flatMap((work) => {
    return (work.applied?.messageIds ?? []).filter((id) => isLookedAt(id) && !texts.has(id));
  });
  const changed = shown.filter((work) => isChanged(work, texts, isLookedAt));
  const strays = standing.flatMap(({ id, card }) => {
    const mark = isLookedAt(id) && !claimed.has(id) && card !== null ? readMark(card) : null;
    return mark === null ? [] : [{ messageId: id, ...mark }];
  });
  return {
    compared: applied.length,
    missing: missing.slice(0, MOST_FINDINGS),
    changed: changed.map(({ mirrorId }) => mirrorId).slice(0, MOST_FINDINGS),
    strays: strays.slice(0, MOST_FINDINGS),
  };
}

function isChanged(
  work: MirrorWork,
  texts: ReadonlyMap<string, string>,
  isLookedAt: (id: string) => boolean,
): boolean {
  const ids = work.applied?.messageIds ?? [];
  if (!ids.every((id) => isLookedAt(id) && texts.has(id))) return false;
  const wanted = mirrorBodies(work, "edit").map(textOf);
  return (
    wanted.length !== ids.length || wanted.some((text, at) => text !== texts.get(ids[at] ?? ""))
  );
}
