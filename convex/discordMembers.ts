/** What the bot hears of members of servers. */
import { ConvexError, v } from "convex/values";
import { hearMember } from "./model/discord/members.ts";
import { vMemberEvent } from "./model/discord/validators.ts";
import { workerMutation } from "./wrappers.ts";

const MOST_EVENTS = 100;

/** Who came, passed the screening, or left. Strangers change nothing. Safe to repeat. */
export const report = workerMutation({
  args: { events: v.array(vMemberEvent) },
  returns: v.null(),
  handler: async (ctx, { events }) => {
    if (events.length > MOST_EVENTS) {
      const message = `Send at most ${MOST_EVENTS} events, not ${events.length}.`;
      throw new ConvexError({ code: "too_many_events", message });
    }
    for (const event of events) await hearMember(ctx, event);
    return null;
  },
});
