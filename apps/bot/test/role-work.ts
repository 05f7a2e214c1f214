/** A member's gap, as the backend would offer it. */
import { RateLimitError } from "discord.js";
import type { RoleWork } from "../src/backend.ts";

export function roleWork(
  overrides: Partial<Omit<RoleWork, "memberRoleId">> & { id?: string } = {},
) {
  const { id = "m1", ...fields } = overrides;
  const work = {
    ...{ memberRoleId: id, guildId: "club", discordId: "nora", revision: 1, attempt: 0 },
    ...{ give: [], take: [], untried: [] },
    ...fields,
  };
  return work as RoleWork; // ids are plain text here
}

/** What discord.js throws where a wait would be too long. */
export function rateLimit(retryAfter: number): RateLimitError {
  return new RateLimitError({
    ...{ timeToReset: retryAfter, retryAfter, limit: 10, method: "PUT", hash: "h", url: "u" },
    ...{ route: "r", majorParameter: "1", global: false, sublimitTimeout: 0, scope: "user" },
  });
}
