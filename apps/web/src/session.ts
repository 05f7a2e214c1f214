/** What lives as long as the page: the client, the measuring, the feed, the keys of the link. */
import type { Feed } from "@heliograph/domain";
import {
  type Measuring,
  phaseNow,
  type Sample,
  startMeasuring,
  takeFragmentSecret,
  thisPage,
  watchConnection,
} from "@heliograph/live-client";
import { correctSharedClock } from "@heliograph/ui";
import { ConvexReactClient } from "convex/react";
import { api, DEPLOYMENT_URL, SITE_URL } from "./backend.ts";
import { FeedController } from "./feed/feed-controller.ts";
import { readFeedKeys } from "./feed/feed-keys.ts";
import { convexFeedPort } from "./feed/feed-port.ts";

const SECRET = "keys";

/** How the page was opened: with keys, with a link that holds none, or bare. */
export type LinkState = "open" | "invalid" | "missing";

export type Session = {
  client: ConvexReactClient;
  measuring: Measuring;
  feed: FeedController;
  /** Changes when another link is opened in this tab. */
  link: { current: () => LinkState; subscribe: (listener: () => void) => () => void };
};

/** Begins the page's one session. Lasts until the page is closed. */
export function startSession(): Session {
  const client = new ConvexReactClient(DEPLOYMENT_URL);
  let keys: ReadonlyMap<Feed, string> = new Map();
  const send = async (samples: Sample[]) => {
    const [feedKey] = keys.values();
    if (feedKey !== undefined) await client.mutation(api.receipts.reportFeed, { feedKey, samples });
  };
  const measuring = startMeasuring({
    client,
    siteUrl: SITE_URL,
    send,
    onClockOffset: correctSharedClock,
  });
  const feed = new FeedController(convexFeedPort(client), measuring.sight);
  const link = followLink((text) => {
    keys = readFeedKeys(text);
    feed.holdKeys(keys);
    if (keys.size > 0) return "open";
    return text === null ? "missing" : "invalid";
  });
  tellFeedOfReconnects(client, feed);
  return { client, measuring, feed, link };
}

/** Reads the link now and whenever another one is opened in this tab. */
function followLink(take: (text: string | null) => LinkState): Session["link"] {
  const listeners = new Set<() => void>();
  let state = take(takeFragmentSecret(SECRET, thisPage()));
  window.addEventListener("hashchange", () => {
    if (!window.location.hash.startsWith(`#${SECRET}=`)) return;
    state = take(takeFragmentSecret(SECRET, thisPage()));
    for (const listener of listeners) listener();
  });
  return {
    current: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function tellFeedOfReconnects(client: ConvexReactClient, feed: FeedController): void {
  let wasLive = phaseNow(client) === "live";
  watchConnection(client, () => {
    const isLive = phaseNow(client) === "live";
    if (isLive && !wasLive) feed.reconnected();
    wasLive = isLive;
  });
}
