/**
 * What goes wrong between a provider and its endpoint. All chances are drawn
 * when the event happens, from a stream of the delivery's own, so a seed gives
 * the same faults whatever the network does. [PFLT1]
 */
import { type Fields, readNumber, readWhole } from "../fields.ts";
import type { Random } from "../random.ts";

export type FaultSettings = {
  /** Every delivery waits this long, by chance between the two. */
  minDelayMs: number;
  maxDelayMs: number;
  /** Never delivered at all: only the list APIs know. */
  lossRate: number;
  /** An attempt that never reaches the endpoint and is tried again later. */
  failureRate: number;
  /** Arrives, but the answer is lost, so it is sent again. */
  lostAnswerRate: number;
  /** Sent twice. */
  duplicateRate: number;
  /** Held back by up to `reorderMs`, so that later events overtake it. */
  reorderRate: number;
  reorderMs: number;
  /** Attempts after the first, each waiting `retryFactor` times as long as the one before. */
  maxRetries: number;
  retryBaseMs: number;
  retryFactor: number;
  /** That many of the next attempts are signed with another secret. */
  wrongSecretNext: number;
};

export const NO_FAULTS: FaultSettings = {
  minDelayMs: 0,
  maxDelayMs: 0,
  lossRate: 0,
  failureRate: 0,
  lostAnswerRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  reorderMs: 60_000,
  maxRetries: 8,
  retryBaseMs: 30_000,
  retryFactor: 3,
  wrongSecretNext: 0,
};

const MAX_MS = 30 * 86_400_000;
const RATE = { min: 0, max: 1 };
const LIMITS: Record<keyof FaultSettings, { min: number; max: number; rate?: true }> = {
  minDelayMs: { min: 0, max: MAX_MS },
  maxDelayMs: { min: 0, max: MAX_MS },
  lossRate: { ...RATE, rate: true },
  failureRate: { ...RATE, rate: true },
  lostAnswerRate: { ...RATE, rate: true },
  duplicateRate: { ...RATE, rate: true },
  reorderRate: { ...RATE, rate: true },
  reorderMs: { min: 0, max: MAX_MS },
  maxRetries: { min: 0, max: 100 },
  retryBaseMs: { min: 0, max: MAX_MS },
  retryFactor: { min: 1, max: 100, rate: true },
  wrongSecretNext: { min: 0, max: 1_000_000 },
};

/** Only the settings that were given. */
export function readFaults(fields: Fields): Partial<FaultSettings> {
  const given = Object.entries(LIMITS).flatMap(([name, { rate, ...limits }]) => {
    const value = rate ? readNumber(fields, name, limits) : readWhole(fields, name, limits);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

export type DeliveryPlan = {
  delayMs: number;
  lost: boolean;
  duplicate: boolean;
  /** For the attempts still to come. */
  attempts: Random;
};

export function planDelivery(faults: FaultSettings, random: Random): DeliveryPlan {
  const wait = random.whole(faults.minDelayMs, Math.max(faults.minDelayMs, faults.maxDelayMs));
  const lost = random.chance(faults.lossRate);
  const duplicate = random.chance(faults.duplicateRate);
  const heldBackMs = random.chance(faults.reorderRate) ? random.whole(1, faults.reorderMs) : 0;
  return { delayMs: wait + heldBackMs, lost, duplicate, attempts: random.stream("attempts") };
}

/** How long after the n-th attempt (from 1) the next one comes. */
export function retryDelayMs(faults: FaultSettings, attempt: number): number {
  return Math.min(faults.retryBaseMs * faults.retryFactor ** (attempt - 1), MAX_MS);
}
