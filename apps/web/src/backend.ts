/** The deployment this page lives on: its functions, its types, its addresses. */
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api.js";

export { api };

export const DEPLOYMENT_URL = import.meta.env.VITE_CONVEX_URL;
export const SITE_URL = import.meta.env.VITE_CONVEX_SITE_URL;

type SegmentAnswer = FunctionReturnType<typeof api.feed.segment>;

/** A signal as the backend's feed gives it. */
export type FeedSignal = Extract<SegmentAnswer, { state: "current" }>["signals"][number];

type Current<Answer> = Extract<Answer, { state: "current" }>;

/** Who is signed in. */
export type Me = Current<FunctionReturnType<typeof api.account.me>>;

/** A session of theirs. */
export type SessionRow = Current<
  FunctionReturnType<typeof api.account.sessions>
>["sessions"][number];
