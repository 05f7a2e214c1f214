/** Capture health: what each source delivers, and what keeps it from delivering. */
import { v } from "convex/values";
import { readHealth, recordReport, vSourceHealth } from "./model/capture/store.ts";
import { vCaptureReport } from "./model/capture/validators.ts";
import { operatorQuery, workerMutation } from "./wrappers.ts";

/** What a bot says about a source: that it listens, what it missed, why it cannot read. Safe to repeat. */
export const report = workerMutation({
  args: { report: vCaptureReport },
  returns: v.null(),
  handler: async (ctx, args) => {
    await recordReport(ctx, args.report);
    return null;
  },
});

/** How every source is captured. Counts are seconds behind. */
export const health = operatorQuery({
  args: {},
  returns: { sources: v.array(vSourceHealth) },
  handler: async (ctx) => ({ sources: await readHealth(ctx) }),
});
