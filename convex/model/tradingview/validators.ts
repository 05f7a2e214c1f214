/** The shapes of alerts. */
import { v } from "convex/values";

/** How an alert became a post. */
export const vAlertRendering = v.union(
  v.literal("template"), // by its template
  v.literal("plain"), // there is no template for it
  v.literal("fallback"), // its template asks for nothing that it has, so all of it is shown
);
