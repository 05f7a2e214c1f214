/**
 * The admin key: `<instance name>|<secret>`, made on the first start and kept in
 * DIR/admin-key, readable by the owner only.
 *
 * [AUTH1] The file is created with mode 0600 and its key survives restarts.
 * [AUTH2] A presented key is compared in constant time, a `type:` prefix left of the
 *         first `|` is ignored, and what follows the next `:` is base64 JSON of the
 *         user to act as.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AuthError } from "../errors.ts";
import type { Identity } from "../rooms.ts";
import { replaceFile } from "../store/durable-files.ts";
import { parseShallowJson } from "../values/nesting.ts";
import { readUserAttributes } from "./user-attributes.ts";

const SECRET_BYTES = 32;

/** Checks what callers present; both throw AuthError 401 BadAdminKey. */
export interface AdminAuth {
  /** `key` or `key:<base64 JSON identity>`, as after `Authorization: Convex `. */
  identify(presented: string): Identity & { kind: "admin" };
  /** The key alone, with the attributes of the WebSocket's `impersonating`. */
  identifyActingAs(key: string, actingAs: unknown): Identity & { kind: "admin" };
}

/** Where the key of a data directory lies. */
export function adminKeyPath(dir: string): string {
  return join(dir, "admin-key");
}

/**
 * The key in `dir`, made when there is none. `wanted` replaces what is there: the
 * caller decides, and the file says what holds.
 */
export async function loadAdminKey(
  dir: string,
  options: {
    readonly instanceName: string;
    readonly wanted: string | null;
    readonly random: (bytes: number) => Uint8Array;
  },
): Promise<string> {
  const existing = await readKey(dir);
  const key = options.wanted ?? existing ?? newKey(options.instanceName, options.random);
  if (key !== existing) await replaceFile(adminKeyPath(dir), `${key}\n`, 0o600);
  return key;
}

/** The part before the first `|`, without a `type:` prefix. */
export function instanceNameOf(key: string): string {
  return withoutPrefix(key).split("|")[0] ?? "";
}

export function createAdminAuth(key: string): AdminAuth {
  const expected = digest(withoutPrefix(key));
  const check = (presented: string) => {
    if (!timingSafeEqual(digest(presented), expected)) throw badAdminKey();
  };
  return {
    identify: (presented) => {
      const text = withoutPrefix(presented);
      const at = text.indexOf(":");
      check(at === -1 ? text : text.slice(0, at));
      const actingAs = at === -1 ? null : decodeAttributes(text.slice(at + 1));
      return { kind: "admin", actingAs };
    },
    identifyActingAs: (presented, actingAs) => {
      check(withoutPrefix(presented));
      if (actingAs === undefined || actingAs === null) return { kind: "admin", actingAs: null };
      return { kind: "admin", actingAs: readUserAttributes(actingAs) };
    },
  };
}

function badAdminKey(): AuthError {
  return new AuthError("BadAdminKey", "The provided admin key was invalid for this instance", 401);
}

/** `prod:`, `dev:` or `preview:team:project` stand left of the first `|`. */
function withoutPrefix(key: string): string {
  const bar = key.indexOf("|");
  const colon = key.lastIndexOf(":", bar);
  return bar === -1 || colon === -1 ? key : key.slice(colon + 1);
}

// Of equal length whatever was presented, so that comparing tells nothing of the length.
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function decodeAttributes(base64: string) {
  try {
    return readUserAttributes(parseShallowJson(Buffer.from(base64, "base64").toString("utf8")));
  } catch (error) {
    if (error instanceof AuthError) throw error;
    throw new AuthError("InvalidActingAs", "The identity to act as is not base64 JSON", 400);
  }
}

function newKey(instanceName: string, random: (bytes: number) => Uint8Array): string {
  return `${instanceName}|${Buffer.from(random(SECRET_BYTES)).toString("hex")}`;
}

async function readKey(dir: string): Promise<string | null> {
  try {
    const text = (await readFile(adminKeyPath(dir), "utf8")).trim();
    return text === "" ? null : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
