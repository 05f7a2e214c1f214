/** The members of a server as Discord lists them to the bot. Only in actions. */
import { askDiscord, fieldOf, textOf } from "./ask.ts";

const PAGE = 1_000; // the most Discord gives
const MOST_PAGES = 200;

/** Whether each member still has to pass the screening, by the account's id. */
export type SeenMembers = ReadonlyMap<string, { isPending: boolean }>;

/** All of them, or null if Discord did not list them to the end. */
export async function listMembers(guildId: string, botToken: string): Promise<SeenMembers | null> {
  const headers = { authorization: `Bot ${botToken}` };
  const seen = new Map<string, { isPending: boolean }>();
  let after = "0";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const path = `/guilds/${guildId}/members?limit=${PAGE}&after=${after}`;
    const { status, body } = await askDiscord(path, { headers });
    if (status !== 200 || !Array.isArray(body)) return null;
    for (const member of body) {
      after = textOf(fieldOf(member, "user"), "id");
      seen.set(after, { isPending: fieldOf(member, "pending") === true });
    }
    if (body.length < PAGE) return seen;
  }
  return null;
}
