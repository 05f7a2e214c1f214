/** The servers of a person's plan as pages show them. */
import type { Infer } from "convex/values";
import { v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findAccess } from "../access/row.ts";
import { findLink } from "./find.ts";
import { guildsOpenTo, listGuilds } from "./guilds.ts";
import { membersOf } from "./members.ts";
import { vJoinCode } from "./validators.ts";

export const vServer = v.object({
  guildId: v.string(),
  name: v.string(),
  state: v.union(
    v.literal("notLinked"),
    v.literal("adding"),
    v.literal("member"),
    v.literal("screening"), // has to accept the server's rules first
    v.literal("left"),
    v.literal("absent"), // nobody adds them: they join by themselves
    v.literal("notIn"), // `code` says why
  ),
  code: v.union(vJoinCode, v.null()),
});

type Server = Infer<typeof vServer>;

/** In the order in which operators added them. */
export async function readServers(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<Server[]> {
  const access = await findAccess(ctx, userId);
  const isLinked = (await findLink(ctx, userId)) !== null;
  const rows = await membersOf(ctx, userId);
  const open = guildsOpenTo(await listGuilds(ctx), access?.tier ?? null);
  return open.map(({ guildId, name }) => {
    const row = rows.find((known) => known.guildId === guildId);
    if (!isLinked) return { guildId, name, state: "notLinked", code: null };
    return { guildId, name, state: stateOf(row), code: row?.code ?? null };
  });
}

function stateOf(row: Doc<"discordMembers"> | undefined): Server["state"] {
  if (row === undefined) return "adding";
  switch (row.presence) {
    case "unknown":
      return row.code === null ? "adding" : "notIn";
    case "pending":
      return "screening";
    case "member":
    case "left":
    case "absent":
      return row.presence;
    default:
      return row.presence satisfies never;
  }
}
