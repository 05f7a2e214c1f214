/** Roles in words. */
import type { Tone } from "@heliograph/ui";
import type { MappingEffect, MemberRoles, RoleMapping, RoleSweep } from "../backend.ts";
import { tierWord } from "../sources/tier-word.ts";

export const STATE_TONES: Record<MemberRoles["state"], Tone> = {
  due: "neutral",
  waiting: "warn",
  blocked: "bad",
  settled: "good",
};

export const SWEEP_TONES: Record<RoleSweep["sweepState"], Tone> = {
  asked: "neutral",
  done: "good",
  failed: "bad",
};

export function tierText({ tier, andAbove }: Pick<RoleMapping, "tier" | "andAbove">): string {
  return `${tierWord(tier)}${andAbove && tier !== "pro" ? " and above" : ""}`;
}

/** "12 gain the role, 3 lose it." */
export function effectText({ gain, lose, unlinked }: MappingEffect): string {
  const people = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}`]);
  const changes = [
    ...people(gain, gain === 1 ? "gains the role" : "gain the role"),
    ...people(lose, lose === 1 ? "loses it" : "lose it"),
  ];
  const effect = changes.length === 0 ? "Nobody's roles change." : `${changes.join(", ")}.`;
  const rest = `${unlinked} would gain it by linking Discord.`;
  return unlinked === 0 ? effect : `${effect} ${rest}`;
}

export function findingsText(sweep: RoleSweep): string {
  if (sweep.sweepState === "asked") return "On its way";
  if (sweep.sweepState === "failed") return sweep.message ?? "It failed";
  const { members, checked, missing, left, byHand } = sweep;
  const drift = missing + left === 0 ? "no drift" : `${missing} lacked a role, ${left} had left`;
  return `${members} members, ${checked} compared: ${drift}; ${byHand} hold a mapped role by hand`;
}
