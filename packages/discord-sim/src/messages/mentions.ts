/**
 * Who a message pings: the mentions in its content, as far as allowed_mentions
 * lets them through. Pure. Embeds never ping.
 *
 * [DMEN1] Without allowed_mentions everything that is mentioned and exists pings.
 * [DMEN2] With it, only the parsed kinds and the listed ids do.
 * [DMEN3] A reply pings its target's author unless replied_user says otherwise.
 */
import type { MentionsRecord } from "../state/records.ts";

export type MentionKind = "users" | "roles" | "everyone";

export type AllowedMentions = {
  parse: readonly MentionKind[];
  users: readonly string[];
  roles: readonly string[];
  repliedUser: boolean;
};

export const NO_MENTIONS: AllowedMentions = { parse: [], users: [], roles: [], repliedUser: false };

export type MentionScene = {
  content: string;
  /** Undefined: the request said nothing. */
  allowed: AllowedMentions | undefined;
  /** Author of the message replied to. */
  repliedUserId: string | null;
  /** The author's permission to mention everyone. */
  mayMentionAll: boolean;
  isUser(id: string): boolean;
  /** Whether there is such a role and the author may name it. */
  isRole(id: string): boolean;
};

export function resolveMentions(scene: MentionScene): MentionsRecord {
  const { content, allowed } = scene;
  const users = idsIn(content, /<@!?(\d+)>/g).filter(
    (id) => scene.isUser(id) && passes("users", id, allowed),
  );
  const roles = idsIn(content, /<@&(\d+)>/g).filter(
    (id) => scene.isRole(id) && passes("roles", id, allowed),
  );
  const replied =
    scene.repliedUserId !== null && (allowed?.repliedUser ?? true) ? [scene.repliedUserId] : [];
  return {
    userIds: [...new Set([...users, ...replied])],
    roleIds: roles,
    everyone:
      scene.mayMentionAll &&
      /@(everyone|here)\b/.test(content) &&
      (allowed === undefined || allowed.parse.includes("everyone")),
  };
}

function idsIn(content: string, pattern: RegExp): string[] {
  return [...new Set([...content.matchAll(pattern)].map(([, id]) => id ?? ""))];
}

function passes(
  kind: "users" | "roles",
  id: string,
  allowed: AllowedMentions | undefined,
): boolean {
  return allowed === undefined || allowed.parse.includes(kind) || allowed[kind].includes(id);
}
