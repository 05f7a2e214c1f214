/** What lives as long as the page: the client, the measuring, the feed and the keys it holds, the link. */
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
import { type LinkReturn, takeLinkReturn } from "./discord/link-return.ts";
import { FeedController } from "./feed/feed-controller.ts";
import { readFeedKeys } from "./feed/feed-keys.ts";
import { convexFeedPort } from "./feed/feed-port.ts";

const SECRET = "keys";

type FeedKeys = ReadonlyMap<Feed, string>;

/** How the page was opened: with keys, with a link that holds none, or bare. */
export type FeedLink = { state: "open"; keys: FeedKeys } | { state: "invalid" | "missing" };

export type Session = {
  client: ConvexReactClient;
  measuring: Measuring;
  feed: FeedController;
  /** The keys the viewer holds from now on: of the link, or of their own access. */
  holdKeys: (keys: FeedKeys) => void;
  /** Changes when another link is opened in this tab. */
  link: { current: () => FeedLink; subscribe: (listener: () => void) => () => void };
  /** What Discord sent along with the browser, if the page was opened by it. */
  linkReturn: LinkReturn | null;
};

/** Begins the page's one session. Lasts until the page is closed. */
export function startSession(): Session {
  const linkReturn = takeLinkReturn(window); // first: Convex Auth would take the code for one of its own
  const client = new ConvexReactClient(DEPLOYMENT_URL);
  let held: FeedKeys = new Map();
  const send = async (samples: Sample[]) => {
    const [feedKey] = held.values();
    if (feedKey !== undefined) await client.mutation(api.receipts.reportFeed, { feedKey, samples });
  };
  const measuring = startMeasuring({
    client,
    siteUrl: SITE_URL,
    send,
    onClockOffset: correctSharedClock,
  });
  const feed = new FeedController(convexFeedPort(client), measuring.sight);
  const holdKeys = (keys: FeedKeys) => {
    held = keys;
    feed.holdKeys(keys);
  };
  tellFeedOfReconnects(client, feed);
  return { client, measuring, feed, holdKeys, link: followLink(), linkReturn };
}

function readLink(): FeedLink {
  const text = takeFragmentSecret(SECRET, thisPage());
  const keys = readFeedKeys(text);
  if (keys.size > 0) return { state: "open", keys };
  return { state: text === null ? "missing" : "invalid" };
}

/** Reads the link now and whenever another one is opened in this tab. */
function followLink(): Session["link"] {
  const listeners = new Set<() => void>();
  let link = readLink();
  window.addEventListener("hashchange", () => {
    if (!window.location.hash.startsWith(`#${SECRET}=`)) return;
    link = readLink();
    for (const listener of listeners) listener();
  });
  return {
    current: () => link,
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
