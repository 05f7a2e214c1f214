/** What follows from a change of somebody's Discord, in the transaction of the change. */
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

/**
 * Runs whenever the roles may have changed that the person's Discord account has to hold: their link, their
 * access, or their membership of a server. Safe to repeat.
 */
export async function settleRolesOf(_ctx: MutationCtx, _userId: Id<"users">): Promise<void> {}

/** Runs when a Discord account has become nobody's: what it held through its person is taken away. */
export async function settleRolesOfAccount(_ctx: MutationCtx, _discordId: string): Promise<void> {}
