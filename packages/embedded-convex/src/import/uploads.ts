/** Files on their way in, part by part, in a directory of their own each. */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { JSONValue } from "convex/values";
import { HttpError } from "../http/exchange.ts";

export interface Uploads {
  /** Returns the upload's token. */
  start(): Promise<string>;
  /** Returns the part's token. A part that comes again replaces the first. */
  addPart(token: string, partNumber: string, bytes: AsyncIterable<Uint8Array>): Promise<string>;
  /** Puts the parts together; the path of the whole. */
  finish(token: string, partTokens: readonly JSONValue[]): Promise<string>;
  remove(token: string): Promise<void>;
}

const TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ABANDONED_MS = 24 * 3_600_000;
const PART = /^[1-9]\d{0,3}$/;

/** Removes what a previous process left in `dir`. */
export async function openUploads(dir: string): Promise<Uploads> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const placeOf = (token: string) => {
    if (TOKEN.test(token)) return join(dir, token);
    throw new HttpError(400, "InvalidUploadToken", "This is no token of an upload.");
  };
  const partOf = (token: string, partNumber: string) => {
    if (PART.test(partNumber)) return join(placeOf(token), partNumber);
    throw new HttpError(400, "InvalidPartNumber", "Parts are numbered from 1 to 9999.");
  };
  return {
    start: async () => {
      await forgetAbandoned(dir);
      const token = randomUUID();
      await mkdir(placeOf(token));
      return token;
    },
    addPart: async (token, partNumber, bytes) => {
      await found(() => pipeline(bytes, createWriteStream(partOf(token, partNumber))));
      return partNumber;
    },
    finish: async (token, partTokens) => {
      const whole = join(placeOf(token), "whole");
      const parts = partTokens.map((part) => partOf(token, String(part)));
      await found(() => pipeline(contentsOf(parts), createWriteStream(whole)));
      return whole;
    },
    remove: (token) => rm(placeOf(token), { recursive: true, force: true }),
  };
}

/** Uploads nobody has added to for a day: their client is gone. */
async function forgetAbandoned(dir: string): Promise<void> {
  const tokens = (await readdir(dir)).filter((name) => TOKEN.test(name));
  for (const place of tokens.map((token) => join(dir, token))) {
    const touched = await stat(place).catch(() => null); // may go meanwhile
    if (touched !== null && Date.now() - touched.mtimeMs > ABANDONED_MS)
      await rm(place, { recursive: true, force: true });
  }
}

async function* contentsOf(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

async function found(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new HttpError(400, "InvalidUploadToken", "This upload or part does not exist.");
  }
}
