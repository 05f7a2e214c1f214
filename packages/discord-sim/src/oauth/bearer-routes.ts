/**
 * What a bearer token may read: the person, and with the right scopes more.
 * Requests with another kind of token pass on to the bot's routes.
 *
 * [DOAUTH5] A bearer token reads its person by its scopes; a dead one answers 401.
 */
import { type Context, Hono, type Next } from "hono";
import type { GrantRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { memberToWire, ownUserToWire, userToWire } from "../wire/users.ts";
import type { OAuth } from "./oauth.ts";

export function bearerRoutes(world: World, oauth: OAuth): Hono {
  const getGrant = (c: Context, ...scopes: string[]): GrantRecord => {
    const grant = oauth.findGrant(bearerOf(c) ?? "");
    if (grant === undefined) throw refuse.unauthorized();
    if (!scopes.every((scope) => grant.scopes.includes(scope))) throw refuse.missingAccess();
    return grant;
  };
  const forBearer = (handle: (c: Context) => Response) => async (c: Context, next: Next) =>
    bearerOf(c) === undefined ? next() : handle(c);
  return new Hono()
    .get(
      "/users/@me",
      forBearer((c) => {
        const { userId, scopes } = getGrant(c, "identify");
        return c.json(ownUserToWire(world.getUser(userId), { email: scopes.includes("email") }));
      }),
    )
    .get(
      "/users/@me/guilds",
      forBearer((c) => {
        const { userId } = getGrant(c, "guilds");
        return c.json(
          world.guildsOf(userId).map(({ id, name, ownerId }) => ({
            id,
            name,
            icon: null,
            owner: ownerId === userId,
            permissions: "0",
            features: [],
          })),
        );
      }),
    )
    .get(
      "/users/@me/guilds/:guild/member",
      forBearer((c) => {
        const { userId } = getGrant(c, "guilds.members.read");
        const member = world.findMember(c.req.param("guild") ?? "", userId);
        if (member === undefined) throw refuse.unknownGuild();
        return c.json(memberToWire(world, member));
      }),
    )
    .get(
      "/oauth2/@me",
      forBearer((c) => {
        const { clientId, userId, scopes, expiresAtMs } = getGrant(c);
        const name = oauth.findClient(clientId)?.name ?? "";
        return c.json({
          application: { id: clientId, name, icon: null, description: "", bot_public: false },
          scopes,
          expires: new Date(expiresAtMs).toISOString(),
          ...(scopes.includes("identify") && { user: userToWire(world.getUser(userId)) }),
        });
      }),
    );
}

function bearerOf(c: Context): string | undefined {
  return /^Bearer\s+(\S+)/i.exec(c.req.header("authorization") ?? "")?.[1];
}
