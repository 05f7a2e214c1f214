/** Seeding: sources by channel, routes by source name and channel. */
import { type Infer, v } from "convex/values";
import type { MutationCtx } from "../../_generated/server.js";
import { findGuild, saveGuild } from "../discord/guilds.ts";
import { createRoute, findRoute } from "../routes/store.ts";
import { vFeed } from "../signals/validators.ts";
import { createSource, findByChannel, findByName } from "../sources/store.ts";

const vSeedSource = v.object({
  name: v.string(),
  guildId: v.string(),
  channelId: v.string(),
  minTier: vFeed,
  allowBots: v.optional(v.boolean()),
});

const vSeedRoute = v.object({
  sourceName: v.string(),
  guildId: v.string(),
  channelId: v.string(),
  name: v.string(),
  pingRoleId: v.optional(v.string()),
});

const vSeedServer = v.object({
  guildId: v.string(),
  name: v.string(),
  minTier: vFeed,
  joinAtPurchase: v.boolean(),
});

export const vSeed = {
  sources: v.array(vSeedSource),
  routes: v.array(vSeedRoute),
  servers: v.optional(v.array(vSeedServer)), // that plans open
};

/** Creates the sources whose channel is not watched yet; says how many. */
export async function seedSources(
  ctx: MutationCtx,
  sources: readonly Infer<typeof vSeedSource>[],
): Promise<number> {
  let made = 0;
  for (const { allowBots = false, ...source } of sources) {
    if ((await findByChannel(ctx, source.channelId)) !== null) continue;
    await createSource(ctx, { ...source, allowBots });
    made += 1;
  }
  return made;
}

/** Creates the routes that are not there yet; says how many. Throws if a source is not there. */
export async function seedRoutes(
  ctx: MutationCtx,
  routes: readonly Infer<typeof vSeedRoute>[],
): Promise<number> {
  let made = 0;
  for (const { sourceName, pingRoleId = null, ...route } of routes) {
    const source = await findByName(ctx, sourceName);
    if (source === null)
      throw new Error(`A route names the source ${sourceName}, which does not exist.`);
    if ((await findRoute(ctx, source._id, route.channelId)) !== null) continue;
    await createRoute(ctx, { ...route, sourceId: source._id, pingRoleId });
    made += 1;
  }
  return made;
}

/** Adds the servers that are not there yet. */
export async function seedServers(
  ctx: MutationCtx,
  servers: readonly Infer<typeof vSeedServer>[],
): Promise<void> {
  for (const server of servers) {
    if ((await findGuild(ctx, server.guildId)) === null) await saveGuild(ctx, server);
  }
}
