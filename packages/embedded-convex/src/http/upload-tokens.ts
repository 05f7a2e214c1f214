/**
 * Tokens in upload URLs: when they end, and a seal over that.
 *
 * [HTTP20] A token is good for an hour on the instance that made it; a forged one is
 *          refused with StorageTokenInvalid, an old one with StorageTokenExpired.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Database } from "../database/types.ts";
import type { Clock } from "../rooms.ts";
import { HttpError } from "./exchange.ts";

const LIFETIME_MS = 3_600_000;
const SETTING = "uploadSecret";

export interface UploadTokens {
  issue(): string;
  /** Throws HttpError 401. */
  check(token: string): void;
}

export function createUploadTokens(secret: Uint8Array, clock: Clock): UploadTokens {
  const seal = (endsAtMs: string) =>
    createHmac("sha256", secret).update(`upload ${endsAtMs}`).digest("base64url");
  return {
    issue: () => {
      const endsAtMs = String(clock.nowMs() + LIFETIME_MS);
      return `${endsAtMs}.${seal(endsAtMs)}`;
    },
    check: (token) => {
      const [endsAtMs = "", given = ""] = token.split(".");
      if (!isEqual(given, seal(endsAtMs))) {
        throw new HttpError(401, "StorageTokenInvalid", "Invalid storage token");
      }
      if (Number(endsAtMs) <= clock.nowMs()) {
        throw new HttpError(401, "StorageTokenExpired", "Store File Authorization expired");
      }
    },
  };
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The instance's secret, made once and kept with the data. */
export async function loadUploadSecret(
  database: Database,
  random: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  const tx = database.begin();
  const [row] = tx.system.query("_settings", "by_name", [SETTING]);
  if (row !== undefined) {
    tx.close();
    return Buffer.from(String(row.value), "hex");
  }
  const secret = random(32);
  tx.system.insert("_settings", { name: SETTING, value: Buffer.from(secret).toString("hex") });
  await database.commit(tx, { source: null }).durable;
  return secret;
}
