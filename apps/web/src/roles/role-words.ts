/** What holds a role up, and what the customer can do about it. */
const WORDS: Readonly<Record<string, string>> = {
  not_linked: "Link your Discord account to get it.",
  not_in_server: "Join the server, and you get it at once.",
  bot_below_role: "The server's owner has to move our bot above this role. They can see it.",
  bot_not_in_server: "Our bot is not in this server. The owner can see it.",
  missing_permission: "Our bot may not give roles there yet. The owner can see it.",
  role_gone: "This role was removed from the server. The owner can see it.",
  role_managed: "This role cannot be given by our bot. The owner can see it.",
  rate_limited: "Discord is busy. You get it within minutes.",
};

/** One sentence; an unknown reason is one that we try again. */
export function reasonText(code: string | null): string {
  if (code === null) return "On its way.";
  return WORDS[code] ?? "Discord did not take it. We are trying again.";
}
