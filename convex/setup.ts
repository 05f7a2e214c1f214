/** First set-up of a deployment, from the command line. */
import { v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { seedRoutes, seedServers, seedSources, vSeed } from "./model/setup/seed.ts";
import { seedPlans, seedTiers, vCatalogueSeed } from "./model/setup/seedCatalogue.ts";

/** Makes the sources, routes and servers of plans that are not there yet. Safe to repeat; changes nothing that is there. */
export const seed = internalMutation({
  args: vSeed,
  returns: v.object({ sources: v.number(), routes: v.number() }), // how many were made
  handler: async (ctx, args) => {
    await seedServers(ctx, args.servers ?? []);
    return {
      sources: await seedSources(ctx, args.sources),
      routes: await seedRoutes(ctx, args.routes),
    };
  },
});

/** Makes and publishes the plans, and writes the words of the tiers, that are not there yet. Safe to repeat. */
export const seedCatalogue = internalMutation({
  args: vCatalogueSeed,
  returns: v.object({ tiers: v.number(), plans: v.number() }), // how many were made
  handler: async (ctx, args) => ({
    tiers: await seedTiers(ctx, args.tiers),
    plans: await seedPlans(ctx, args.plans),
  }),
});
