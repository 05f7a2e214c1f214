/** What happens to people's Discord tokens after they were kept. All internal. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import {
  type ActionCtx,
  internalAction,
  internalMutation,
  internalQuery,
} from "./_generated/server.js";
import { revokeGrant } from "./model/discord/oauth.ts";
import { openGrant } from "./model/discord/sealedGrant.ts";
import { seal, sealingKeyId, unseal } from "./model/discord/sealing.ts";
import { beginRevocation, sealedOtherwise, settleRevocation } from "./model/discord/tokens.ts";
import { vSealedTokens } from "./model/discord/validators.ts";

const WAITING_A_PAGE = 100;

/** Has Discord revoke the tokens of a link that ended; tries again later while it is away. */
export const revoke = internalAction({
  args: { revocationId: v.id("discordRevocations") },
  returns: v.null(),
  handler: async (ctx, { revocationId }) => {
    const sealed: string | null = await ctx.runQuery(internal.discordTokens.toRevoke, {
      revocationId,
    });
    if (sealed === null) return null;
    const tokens = await openGrant(sealed);
    // What no listed key opens waits, too: the key may have been taken out too early.
    const isDone = tokens !== null && (await revokeGrant(tokens.refreshToken));
    await ctx.runMutation(internal.discordTokens.revoked, { revocationId, isDone });
    return null;
  },
});

export const toRevoke = internalQuery({
  args: { revocationId: v.id("discordRevocations") },
  returns: v.union(v.string(), v.null()),
  handler: async (ctx, { revocationId }) =>
    (await ctx.db.get("discordRevocations", revocationId))?.sealed ?? null,
});

export const revoked = internalMutation({
  args: { revocationId: v.id("discordRevocations"), isDone: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { revocationId, isDone }) => {
    await settleRevocation(ctx, revocationId, isDone);
    return null;
  },
});

/** Keeps refreshed tokens; those of a link that ended meanwhile are revoked. */
export const refreshed = internalMutation({
  args: { linkId: v.id("discordLinks"), tokens: vSealedTokens },
  returns: v.null(),
  handler: async (ctx, { linkId, tokens }) => {
    const row = await ctx.db
      .query("discordTokens")
      .withIndex("by_linkId", (q) => q.eq("linkId", linkId))
      .unique();
    if (row === null) await beginRevocation(ctx, tokens.sealed);
    else await ctx.db.patch("discordTokens", row._id, tokens);
    return null;
  },
});

/**
 * After a key was put in front: seals everything with it; answers how much. From the command line, then take the
 * old key out. What no listed key opens is forgotten: its person is asked to link again.
 */
export const reseal = internalAction({
  args: {},
  returns: v.object({ resealed: v.number() }),
  handler: async (ctx) => {
    const keyId = sealingKeyId();
    let resealed = await resealRevocations(ctx, keyId);
    for (;;) {
      const rows: { tokensId: typeof vTokensId.type; sealed: string }[] = await ctx.runMutation(
        internal.discordTokens.otherwise,
        { keyId },
      );
      if (rows.length === 0) return { resealed };
      for (const { tokensId, sealed: before } of rows) {
        const text = await unseal(before);
        const after = text === null ? { sealed: null, keyId: null } : await seal(text);
        await ctx.runMutation(internal.discordTokens.exchange, { tokensId, before, ...after });
        resealed += 1;
      }
    }
  },
});

const vTokensId = v.id("discordTokens");
const vRevocation = v.object({ revocationId: v.id("discordRevocations"), sealed: v.string() });

/** Tokens that wait to be revoked; answers how many were sealed anew. What no listed key opens waits on. */
async function resealRevocations(ctx: ActionCtx, keyId: string): Promise<number> {
  let resealed = 0;
  for (let cursor: string | null = null; ; ) {
    const page: { rows: (typeof vRevocation.type)[]; cursor: string | null } = await ctx.runQuery(
      internal.discordTokens.waiting,
      { cursor },
    );
    for (const { revocationId, sealed: before } of page.rows) {
      const text = before.startsWith(`${keyId}.`) ? null : await unseal(before);
      if (text === null) continue;
      const { sealed } = await seal(text);
      await ctx.runMutation(internal.discordTokens.exchangeWaiting, { revocationId, sealed });
      resealed += 1;
    }
    if (page.cursor === null) return resealed;
    cursor = page.cursor;
  }
}

/** A page of the tokens that wait to be revoked. */
export const waiting = internalQuery({
  args: { cursor: v.union(v.string(), v.null()) },
  returns: v.object({ rows: v.array(vRevocation), cursor: v.union(v.string(), v.null()) }),
  handler: async (ctx, { cursor }) => {
    const page = await ctx.db
      .query("discordRevocations")
      .paginate({ cursor, numItems: WAITING_A_PAGE });
    return {
      rows: page.page.map(({ _id: revocationId, sealed }) => ({ revocationId, sealed })),
      cursor: page.isDone ? null : page.continueCursor,
    };
  },
});

/** The same tokens, sealed anew. Nothing once they are revoked. */
export const exchangeWaiting = internalMutation({
  args: { revocationId: v.id("discordRevocations"), sealed: v.string() },
  returns: v.null(),
  handler: async (ctx, { revocationId, sealed }) => {
    const row = await ctx.db.get("discordRevocations", revocationId);
    if (row !== null) await ctx.db.patch("discordRevocations", revocationId, { sealed });
    return null;
  },
});

export const otherwise = internalMutation({
  args: { keyId: v.string() },
  returns: v.array(v.object({ tokensId: vTokensId, sealed: v.string() })),
  handler: async (ctx, { keyId }) =>
    (await sealedOtherwise(ctx, keyId)).flatMap(({ _id, sealed }) =>
      sealed === null ? [] : [{ tokensId: _id, sealed }],
    ),
});

/** Changes the text only if it is still the one that was opened. */
export const exchange = internalMutation({
  args: {
    tokensId: vTokensId,
    before: v.string(),
    sealed: v.union(v.string(), v.null()),
    keyId: v.union(v.string(), v.null()),
  },
  returns: v.null(),
  handler: async (ctx, { tokensId, before, ...after }) => {
    const row = await ctx.db.get("discordTokens", tokensId);
    if (row?.sealed === before) await ctx.db.patch("discordTokens", tokensId, after);
    return null;
  },
});
