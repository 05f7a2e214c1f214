/**
 * The demo's script: what the analyst does, step by step. Types only; the posts
 * are in posts.ts and its chapters, playing them is tools/start's.
 */
import type { ChartId } from "./charts.ts";

/** The source channel, named after the lowest tier that sees it. */
export type DemoChannel = "basic" | "advanced" | "pro";

/** One thing the analyst does, `afterMs` after the step before. `ref` names a post within the script. */
export type DemoStep = { readonly afterMs: number; readonly ref: string } & (
  | {
      readonly action: "post";
      readonly channel: DemoChannel;
      readonly text: string;
      readonly charts?: readonly ChartId[];
    }
  /** Answers the post `to`, in its channel. */
  | {
      readonly action: "reply";
      readonly to: string;
      readonly text: string;
      readonly charts?: readonly ChartId[];
    }
  | { readonly action: "edit"; readonly text: string }
  | { readonly action: "delete" }
);
