/** Reads an export to its end, section by section. */
import type { ConvexReactClient } from "convex/react";
import { api } from "../backend.ts";

const SECTIONS = [
  "account",
  "identities",
  "sessions",
  "discord",
  "purchases",
  "grants",
  "accessTimeline",
] as const;

/** Every section with all its rows. Throws when the session ended meanwhile. */
export async function readExport(
  client: Pick<ConvexReactClient, "query">,
): Promise<Record<string, unknown[]>> {
  const data: Record<string, unknown[]> = {};
  for (const section of SECTIONS) data[section] = await readSection(client, section);
  return data;
}

async function readSection(
  client: Pick<ConvexReactClient, "query">,
  section: (typeof SECTIONS)[number],
): Promise<unknown[]> {
  const rows: unknown[] = [];
  let cursor: string | null = null;
  do {
    const page = await readPage(client, section, cursor);
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

async function readPage(
  client: Pick<ConvexReactClient, "query">,
  section: (typeof SECTIONS)[number],
  cursor: string | null,
): Promise<{ rows: unknown[]; cursor: string | null }> {
  const page = await client.query(api.account.exportPage, { section, cursor });
  if (page.state !== "current") throw new Error("Sign in again.");
  return page;
}
