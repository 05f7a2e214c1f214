/** Reads identify and resume payloads, and says with which close code they fail. Pure. */
import { GatewayCloseCodes as Close } from "discord-api-types/v10";
import type { Fields } from "../messages/form-errors.ts";
import type { BotRecord } from "../state/records.ts";
import { ALL_INTENTS, PRIVILEGED_INTENTS } from "./intents.ts";

export type Identify = {
  token: string;
  intents: number;
  shard: readonly [id: number, count: number];
};
export type Resume = { token: string; sessionId: string; seq: number };

/** Tokens may carry the word that stands before them over REST. */
export function bareToken(value: unknown): string {
  return typeof value === "string" ? value.replace(/^Bot\s+/i, "") : "";
}

export function readIdentify(
  payload: Fields,
  bots: ReadonlyMap<string, BotRecord>,
): Identify | number {
  const token = bareToken(payload.token);
  const bot = bots.get(token);
  if (bot === undefined) return Close.AuthenticationFailed;
  const intents = payload.intents;
  if (!isIntents(intents)) return Close.InvalidIntents;
  if ((intents & PRIVILEGED_INTENTS & ~bot.privilegedIntents) !== 0) return Close.DisallowedIntents;
  const shard = readShard(payload.shard);
  return shard === undefined ? Close.InvalidShard : { token, intents, shard };
}

/** Compared by size first: bitwise operators look at 32 bits only. */
function isIntents(value: unknown): value is number {
  if (typeof value !== "number" || !Number.isInteger(value)) return false;
  return value >= 0 && value <= ALL_INTENTS && (value & ~ALL_INTENTS) === 0;
}

export function readResume(payload: Fields): Resume | number {
  const { session_id: sessionId, seq } = payload;
  if (typeof sessionId !== "string") return Close.DecodeError;
  if (typeof seq !== "number" || !Number.isInteger(seq) || seq < 0) return Close.InvalidSeq;
  return { token: bareToken(payload.token), sessionId, seq };
}

function readShard(value: unknown): readonly [number, number] | undefined {
  if (value === undefined || value === null) return [0, 1];
  if (!Array.isArray(value)) return undefined;
  const [id, count]: unknown[] = value;
  const valid = Number.isInteger(id) && Number.isInteger(count);
  if (!valid || typeof id !== "number" || typeof count !== "number") return undefined;
  return id >= 0 && id < count ? [id, count] : undefined;
}
