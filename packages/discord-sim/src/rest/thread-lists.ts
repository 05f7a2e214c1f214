/** Lists of threads: the active ones of a guild, the archived ones of a channel. */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import { type Context, Hono } from "hono";
import type { ChannelRecord } from "../state/records.ts";
import { canSee } from "../state/visibility.ts";
import { channelToWire, threadMemberToWire } from "../wire/channels.ts";
import { getGuild, getReadableChannel, requireIn } from "./access.ts";
import { readLimit } from "./query-values.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

export function threadListRoutes({ world }: RestParts): Hono<RestEnv> {
  const show = (threads: ChannelRecord[], userId: string) => ({
    threads: threads.map((thread) => channelToWire(world, thread)),
    members: threads.flatMap(({ id, thread }) =>
      (thread?.members ?? [])
        .filter((member) => member.userId === userId)
        .map((member) => threadMemberToWire(id, member)),
    ),
  });
  const archived = (c: Context<RestEnv>, wanted: (thread: ChannelRecord) => boolean) => {
    const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
    requireIn(world, c.var.bot, channel, P.ReadMessageHistory);
    const before = Date.parse(c.req.query("before") ?? "") || Number.POSITIVE_INFINITY;
    const limit = readLimit(c.req.query("limit"), { fallback: DEFAULT_PAGE, max: MAX_PAGE });
    const found = world
      .threadsOf(channel.id)
      .filter(({ thread }) => thread?.archived === true && thread.archivedAtMs < before)
      .filter(wanted)
      .sort((a, b) => (b.thread?.archivedAtMs ?? 0) - (a.thread?.archivedAtMs ?? 0));
    const page = found.slice(0, limit);
    return { ...show(page, c.var.bot.userId), has_more: page.length < found.length };
  };
  const isPrivate = ({ type }: ChannelRecord) => type === ChannelType.PrivateThread;
  return new Hono<RestEnv>()
    .get("/guilds/:guild/threads/active", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const { userId } = c.var.bot;
      const seen = world.activeThreadsOf(guild.id).filter((it) => canSee(world, it, userId));
      return c.json(show(seen, userId));
    })
    .get("/channels/:channel/threads/archived/public", (c) =>
      c.json(archived(c, (thread) => !isPrivate(thread))),
    )
    .get("/channels/:channel/threads/archived/private", (c) => {
      const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
      requireIn(world, c.var.bot, channel, P.ManageThreads);
      return c.json(archived(c, isPrivate));
    })
    .get("/channels/:channel/users/@me/threads/archived/private", (c) =>
      c.json(
        archived(
          c,
          (it) =>
            isPrivate(it) &&
            (it.thread?.members.some(({ userId }) => userId === c.var.bot.userId) ?? false),
        ),
      ),
    );
}
