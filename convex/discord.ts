/**
 * A person's Discord account: linked, shown, unlinked.
 *
 *   beginLink -> Discord's consent -> the site's /link/discord -> completeLink
 *
 * The redirect lands on the site and not here, because only a call that is signed in shows that who comes back is
 * who left.
 */
import { readLinkReturn } from "@heliograph/domain";
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { hasDiscord } from "./model/discord/application.ts";
import { findLink } from "./model/discord/find.ts";
import type { Taken } from "./model/discord/linkStates.ts";
import { isOnlyWayIn, unlink as unlinkNow } from "./model/discord/links.ts";
import { reopenAll } from "./model/discord/members.ts";
import { consentUrl, randomText } from "./model/discord/oauth.ts";
import { proveAccount } from "./model/discord/proveAccount.ts";
import { linkRefusal } from "./model/discord/refusals.ts";
import { sealGrant } from "./model/discord/sealedGrant.ts";
import { sealingKeyId } from "./model/discord/sealing.ts";
import { readServers, vServer } from "./model/discord/servers.ts";
import { settleDiscordOf } from "./model/discord/settle.ts";
import { signedOut } from "./model/people/caller.ts";
import { hashText } from "./model/people/hashes.ts";
import { countTry, tooManyTries } from "./model/people/limits.ts";
import { countOrThrow } from "./model/people/passwordConfirmation.ts";
import { customerAction, customerMutation, customerQuery } from "./wrappers.ts";

const JOIN_SCOPE = "guilds.join";

type Saved = "linked" | "taken" | "signedOut";

/** The caller's account at Discord, and the servers that their plan opens. Meant to be subscribed. */
export const mine = customerQuery({
  args: {},
  returns: {
    isOffered: v.boolean(), // this deployment has a Discord application
    link: v.union(
      v.object({
        name: v.string(),
        username: v.string(),
        image: v.union(v.string(), v.null()),
        linkedAtMs: v.number(),
        mayJoin: v.boolean(),
        isOnlyWayIn: v.boolean(), // and cannot be unlinked therefore
      }),
      v.null(),
    ),
    servers: v.array(vServer),
  },
  handler: async (ctx) => {
    const { userId } = ctx.person;
    const link = await findLink(ctx, userId);
    if (link === null) {
      return { isOffered: hasDiscord(), link: null, servers: await readServers(ctx, userId) };
    }
    const { name, username, image, linkedAtMs, mayJoin } = link;
    const shown = { name, username, image, linkedAtMs, mayJoin };
    return {
      isOffered: hasDiscord(),
      link: { ...shown, isOnlyWayIn: await isOnlyWayIn(ctx, link) },
      servers: await readServers(ctx, userId),
    };
  },
});

/** Begins a link; answers where to send the browser. Throws `return_not_allowed`, `not_configured`. */
export const beginLink = customerAction({
  args: { returnTo: v.string() },
  returns: v.object({ url: v.string() }),
  handler: async (ctx, { returnTo: asked }) => {
    const { userId, sessionId } = ctx.person;
    const returnTo = readLinkReturn(asked);
    if (returnTo === null) throw linkRefusal("return_not_allowed");
    sealingKeyId(); // throws before anybody is sent to Discord in vain
    await countOrThrow(ctx, "discordLink", userId);
    const state = randomText();
    const verifier = randomText();
    const begun: { asksToJoin: boolean } = await ctx.runMutation(internal.discordLinks.begin, {
      stateHash: hashText(state),
      userId,
      sessionId,
      verifier,
      returnTo,
    });
    const scopes = begun.asksToJoin ? ["identify", JOIN_SCOPE] : ["identify"];
    return { url: consentUrl({ state, verifier, scopes }) };
  },
});

/**
 * Finishes the link that the caller's session began; answers the page to go on with. Whose account it is is
 * asked of Discord. Throws a code of `LINK_REFUSALS`; a state is used up whatever comes of it.
 */
export const completeLink = customerAction({
  args: { code: v.string(), state: v.string() },
  returns: v.object({ returnTo: v.string(), name: v.string() }),
  handler: async (ctx, { code, state }): Promise<{ returnTo: string; name: string }> => {
    const { userId, sessionId } = ctx.person;
    if (state === "") throw linkRefusal("state_missing");
    const came = { state, userId, sessionId };
    const taken: Taken = await ctx.runMutation(internal.discordLinks.take, came);
    if (!taken.ok) throw linkRefusal(taken.code);
    const { grant, profile } = await proveAccount(code, taken.verifier);
    const outcome: Saved = await ctx.runMutation(internal.discordLinks.save, {
      userId,
      sessionId,
      profile,
      mayJoin: grant.scopes.includes(JOIN_SCOPE),
      tokens: await sealGrant(grant),
    });
    // Their tokens are forgotten, not revoked: that might revoke those of the person who has the account, too.
    if (outcome === "taken") throw linkRefusal("discord_taken");
    if (outcome === "signedOut") throw signedOut();
    return { returnTo: taken.returnTo, name: profile.name };
  },
});

/** Unlinks: managed roles go, Discord revokes our tokens. Throws `only_way_in`. Safe to repeat. */
export const unlink = customerMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const outcome = await unlinkNow(ctx, ctx.person.userId);
    if (outcome === "only_way_in") throw linkRefusal(outcome);
    return null;
  },
});

/** Asks once more to be added wherever the caller is not. Throws `too_many_tries`. */
export const joinAgain = customerMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const { userId } = ctx.person;
    const { ok, retryAfterMs } = await countTry(ctx, "discordJoin", userId);
    if (!ok) throw tooManyTries(retryAfterMs);
    await reopenAll(ctx, userId);
    await settleDiscordOf(ctx, userId);
    return null;
  },
});
