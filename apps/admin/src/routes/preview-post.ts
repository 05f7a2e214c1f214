/** What a route would make of a post: the very functions that make the real one. */
import {
  type MirrorPart,
  markOf,
  type RouteRules,
  renderMirror,
  routePost,
  webhookName,
} from "@heliograph/domain";

export interface SamplePost {
  readonly content: string;
  readonly authorName: string;
  readonly sourceName: string;
}

export interface PostPreview {
  /** As whom it appears. */
  readonly as: string;
  readonly parts: readonly MirrorPart[];
}

const MARK = markOf({ feed: "pro", seq: 1 });

/** Null when the route leaves the post out. The author is taken for one the route lets through. */
export function previewPost(
  sample: SamplePost,
  rules: RouteRules,
  pingRoleId: string | null,
): PostPreview | null {
  const author = { id: rules.authors.only[0] ?? "" };
  const post = { content: sample.content, embeds: [], attachments: [], author };
  const routed = routePost(post, rules);
  if (routed === null) return null;
  const { authorName, sourceName } = sample;
  const message = { ...routed, authorName, sourceName, pingRoleId };
  const { mode } = rules;
  return {
    as: mode === "webhook" ? webhookName(message) : "The bot",
    parts: renderMirror(message, { purpose: "create", mode, mark: MARK }),
  };
}
