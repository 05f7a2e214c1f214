/** Reads an export to its end, section by section. */
import type { ConvexReactClient } from "convex/react";
import type { FunctionArgs } from "convex/server";
import { api } from "../backend.ts";

type Client = Pick<ConvexReactClient, "query">;
type Section = FunctionArgs<typeof api.account.exportPage>["section"];

/** Every section with all its rows. Throws when the session ended meanwhile. */
export async function readExport(client: Client): Promise<Record<Section, unknown[]>> {
  const read = async (section: Section) => await readSection(client, section);
  return {
    account: await read("account"),
    identities: await read("identities"),
    sessions: await read("sessions"),
    discord: await read("discord"),
    discordRoles: await read("discordRoles"),
    purchases: await read("purchases"),
    checkouts: await read("checkouts"),
    stops: await read("stops"),
    grants: await read("grants"),
    accessTimeline: await read("accessTimeline"),
    pendingChanges: await read("pendingChanges"),
    mails: await read("mails"),
    invitations: await read("invitations"),
    deeds: await read("deeds"),
    deedsAbout: await read("deedsAbout"),
  };
}

async function readSection(client: Client, section: Section): Promise<unknown[]> {
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
  client: Client,
  section: Section,
  cursor: string | null,
): Promise<{ rows: unknown[]; cursor: string | null }> {
  const page = await client.query(api.account.exportPage, { section, cursor });
  if (page.state !== "current") throw new Error("Sign in again.");
  return page;
}
