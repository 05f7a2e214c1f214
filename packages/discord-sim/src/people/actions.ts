/**
 * What people and server owners do beyond messages, as data: for tests in this
 * process, over HTTP and for the page alike. Throws the refusals of the REST API.
 */
import type { ChannelSeed } from "../state/seed.ts";

type InGuild = { guildId: string };
type OfMember = InGuild & { userId: string };
type OfChannel = { channelId: string };
type OfMessage = OfChannel & { messageId: string };

export type SimAction =
  | { kind: "addUser"; username: string; displayName?: string; email?: string }
  | ({ kind: "join" | "leave" | "unban" | "passScreening" } & OfMember)
  | ({ kind: "ban"; reason?: string } & OfMember)
  | ({ kind: "setScreening"; on: boolean } & InGuild)
  | ({ kind: "setNick"; nick: string | null } & OfMember)
  | ({ kind: "giveRole" | "takeRole"; roleId: string } & OfMember)
  | ({ kind: "addRole"; name: string; permissions?: string; color?: number } & InGuild)
  | ({ kind: "removeRole"; roleId: string } & InGuild)
  | ({ kind: "moveRole"; roleId: string; position: number } & InGuild)
  | ({ kind: "setRolePermissions"; roleId: string; permissions: string } & InGuild)
  | ({ kind: "addChannel"; name: string; type?: ChannelSeed["type"]; parentId?: string } & InGuild)
  | ({ kind: "renameChannel"; name: string } & OfChannel)
  | ({ kind: "removeChannel" } & OfChannel)
  | ({
      kind: "setOverwrite";
      id: string;
      type: "role" | "member";
      allow?: string;
      deny?: string;
    } & OfChannel)
  | ({ kind: "removeOverwrite"; id: string } & OfChannel)
  | ({
      kind: "openThread";
      userId: string;
      name: string;
      messageId?: string;
      /** The first message; a forum wants one. */
      content?: string;
      tagIds?: readonly string[];
      private?: boolean;
    } & OfChannel)
  | ({ kind: "changeThread"; archived?: boolean; locked?: boolean; name?: string } & OfChannel)
  | ({ kind: "pin"; userId: string } & OfMessage)
  | ({ kind: "unpin" | "publish" } & OfMessage)
  | ({ kind: "vote" | "takeVoteBack"; userId: string; answerId: number } & OfMessage)
  | ({ kind: "suppressEmbeds" } & OfMessage)
  | { kind: "deauthorize"; clientId: string; userId: string };

/** The id of what was made, if anything was. */
export type ActionResult = { id: string | null };
