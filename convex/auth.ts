/** Signing in: Convex Auth. What belongs to an account beside that is in account.ts. */
import { convexAuth } from "@convex-dev/auth/server";
import type { DefaultFunctionArgs, RegisteredAction } from "convex/server";
import { ConvexError, v } from "convex/values";
import type { ActionCtx, MutationCtx } from "./_generated/server.js";
import { hasDiscord } from "./model/discord/application.ts";
import { discordProvider } from "./model/people/discordProvider.ts";
import { passwordProvider } from "./model/people/passwordProvider.ts";
import { resolveRedirect } from "./model/people/redirects.ts";
import { upsertUser } from "./model/people/upsertUser.ts";
import { signInAction } from "./wrappers.ts";

const library = convexAuth({
  providers: [passwordProvider, discordProvider()],
  callbacks: {
    redirect: async ({ redirectTo }) => resolveRedirect(redirectTo),
    // The library's contexts know no tables; they are those of this deployment.
    createOrUpdateUser: async (ctx, facts) =>
      await upsertUser(ctx as unknown as MutationCtx, facts),
  },
});

export const { auth, store } = library;

const vTokens = v.object({ token: v.string(), refreshToken: v.string() });

/** What Convex Auth's clients send and expect. Everything but a password and Discord is refused. */
export const signIn = signInAction({
  args: {
    provider: v.optional(v.union(v.literal("password"), v.literal("discord"))),
    params: v.optional(v.any()),
    verifier: v.optional(v.string()),
    refreshToken: v.optional(v.string()),
    calledBy: v.optional(v.string()),
  },
  returns: v.object({
    redirect: v.optional(v.string()),
    verifier: v.optional(v.string()),
    tokens: v.optional(v.union(vTokens, v.null())),
    started: v.optional(v.boolean()),
  }),
  handler: async (ctx, args) => {
    if (args.provider === "discord") {
      if (!hasDiscord()) throw noDiscord();
      resolveRedirect(Object(args.params).redirectTo); // now, not when Discord brings them back
    }
    const params = args.provider === "password" ? args.params : withoutAddress(args.params);
    return await handlerOf(library.signIn)(ctx, { ...args, params });
  },
});

/** Ends the caller's session. Safe to repeat. */
export const signOut = signInAction({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await handlerOf(library.signOut)(ctx, {});
    return null;
  },
});

/** The handler inside a registered function: the library gives its actions only in that form. */
function handlerOf<Args extends DefaultFunctionArgs, Result>(
  registered: RegisteredAction<"public", Args, Result>,
): (ctx: ActionCtx, args: Args) => Result {
  return (registered as unknown as { _handler: (ctx: ActionCtx, args: Args) => Result })._handler;
}

/** The library counts failures by the address it is told, for anybody: only our own provider may tell it one. */
function withoutAddress(params: unknown): { code?: unknown; redirectTo?: unknown } {
  const { code, redirectTo }: { code?: unknown; redirectTo?: unknown } = Object(params);
  return {
    ...(code === undefined ? {} : { code }),
    ...(redirectTo === undefined ? {} : { redirectTo }),
  };
}

function noDiscord(): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "not_configured", message: "Discord is not set up here." });
}
