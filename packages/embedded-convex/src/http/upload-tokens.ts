/**
 * Tokens in upload URLs: when they end, the component that gets the file, and a seal over
 * both.
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
  issue(component: string): string;
  /** Path of the component it was issued to. Throws HttpError 401. */
  check(token: string): string;
}

export function createUploadTokens(secret: Uint8Array, clock: Clock): UploadTokens {
  const seal = (endsAtMs: string, component: string) => {
    const text = `upload ${endsAtMs} ${component}`.trimEnd();
    return createHmac("sha256", secret).update(text).digest("base64url");
  };
  return {
    issue: (component) => {
      const endsAtMs = String(clock.nowMs() + LIFETIME_MS);
      const place = component === "" ? "" : `.${Buffer.from(component).toString("base64url")}`;
      return `${endsAtMs}.${seal(endsAtMs, component)}${place}`;
    },
    check: (token) => {
      const [endsAtMs = "", given = "", place = ""] = token.split(".");
      const component = Buffer.from(place, "base64url").toString();
      // Digits alone: with more in it the seal of a component would fit the app.
      if (!/^\d+$/.test(endsAtMs) || !isEqual(given, seal(endsAtMs, component))) {
        throw new HttpError(401, "StorageTokenInvalid", "Invalid storage token");
      }
      if (Number(endsAtMs) <= clock.nowMs()) {
        throw new HttpError(401, "StorageTokenExpired", "Store File Authorization expired");
      }
      return component;
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
  try {
    const [row] = tx.system.query("_settings", "by_name", [SETTING]);
    if (row !== undefined) return Buffer.from(String(row.value), "hex");
    const secret = random(32);
    tx.system.insert("_settings", { name: SETTING, value: Buffer.from(secret).toString("hex") });
    await database.commit(tx, { source: null }).durable;
    return secret;
  } finally {
    tx.close();
  }
}
