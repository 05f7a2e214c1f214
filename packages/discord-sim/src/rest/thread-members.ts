/** Who is in a thread. */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import { type Context, Hono } from "hono";
import type { ChannelRecord, ThreadRecord } from "../state/records.ts";
import { refuse } from "../wire/api-error.ts";
import { threadMemberToWire } from "../wire/channels.ts";
import { getReadableChannel, getWritableChannel, requireIn } from "./access.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

export function threadMemberRoutes({ world, threads }: RestParts): Hono<RestEnv> {
  const getThread = (c: Context<RestEnv>): { channel: ChannelRecord; thread: ThreadRecord } => {
    const find = c.req.method === "GET" ? getReadableChannel : getWritableChannel;
    const channel = find(world, c.var.bot, c.req.param("channel"));
    const { thread } = channel;
    if (thread === null) throw refuse.wrongChannelType();
    if (c.req.method !== "GET" && thread.archived) throw refuse.threadArchived();
    return { channel, thread };
  };
  return new Hono<RestEnv>()
    .get("/channels/:channel/thread-members", (c) => {
      const { channel, thread } = getThread(c);
      return c.json(thread.members.map((member) => threadMemberToWire(channel.id, member)));
    })
    .get("/channels/:channel/thread-members/:user", (c) => {
      const { channel, thread } = getThread(c);
      const member = thread.members.find(({ userId }) => userId === userOf(c));
      if (member === undefined) throw refuse.unknownMember();
      return c.json(threadMemberToWire(channel.id, member));
    })
    .put("/channels/:channel/thread-members/:user", (c) => {
      const { channel } = getThread(c);
      const userId = userOf(c);
      if (world.findMember(channel.guildId, userId) === undefined) throw refuse.unknownMember();
      if (userId !== c.var.bot.userId)
        requireIn(world, c.var.bot, channel, P.SendMessagesInThreads);
      threads.join(channel, userId);
      return c.body(null, 204);
    })
    .delete("/channels/:channel/thread-members/:user", (c) => {
      const { channel, thread } = getThread(c);
      const userId = userOf(c);
      const own = userId === c.var.bot.userId;
      const ownsPrivate =
        channel.type === ChannelType.PrivateThread && thread.ownerId === c.var.bot.userId;
      if (!own && !ownsPrivate) requireIn(world, c.var.bot, channel, P.ManageThreads);
      threads.leave(channel, userId);
      return c.body(null, 204);
    });
}

function userOf(c: Context<RestEnv>): string {
  const id = c.req.param("user") ?? "";
  return id === "@me" ? c.var.bot.userId : id;
}
