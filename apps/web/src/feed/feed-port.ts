/** What the feed asks of the deployment, and the official client doing it. */
import type { ConvexReactClient } from "convex/react";
import { api, type FeedSignal } from "../backend.ts";

type Segment = { state: "rotated" } | { state: "current"; signals: readonly FeedSignal[] };
type Position = { state: "rotated" } | { state: "current"; nextSeq: number };

export interface FeedPort {
  /** Calls back with the segment now and after each change of it; returns the way to stop. */
  watchSegment(
    feedKey: string,
    segment: number,
    onAnswer: (answer: Segment) => void,
    onError: (error: unknown) => void,
  ): () => void;
  /** The segment as it is now. Waits while offline; rejects when the backend refuses. */
  readSegment(feedKey: string, segment: number): Promise<Segment>;
  /** Where the feed stands now. Waits while offline; rejects when the backend refuses. */
  readPosition(feedKey: string): Promise<Position>;
}

/** The port on the official client's one socket. */
export function convexFeedPort(client: ConvexReactClient): FeedPort {
  return {
    watchSegment: (feedKey, segment, onAnswer, onError) => {
      const watch = client.watchQuery(api.feed.segment, { feedKey, segment });
      const deliver = () => {
        try {
          const answer = watch.localQueryResult();
          if (answer !== undefined) onAnswer(answer);
        } catch (error) {
          onError(error);
        }
      };
      const stop = watch.onUpdate(deliver);
      deliver(); // another watcher may have had it already
      return stop;
    },
    readSegment: (feedKey, segment) => client.query(api.feed.segment, { feedKey, segment }),
    readPosition: (feedKey) => client.query(api.feed.position, { feedKey }),
  };
}
