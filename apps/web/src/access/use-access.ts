/**
 * Which feed keys the page holds: those of the account while somebody is signed in, else those of the
 * link. Follows the truth live: keys come, are renewed and go without a reload.
 */
import { useConvexAuth } from "@convex-dev/auth/react";
import type { Feed } from "@heliograph/domain";
import { useQuery } from "convex/react";
import { useLayoutEffect, useMemo, useSyncExternalStore } from "react";
import { api } from "../backend.ts";
import type { FeedLink, Session } from "../session.ts";

export type KeysFrom = "link" | "account";

/** Whether the feed is open, or why not. */
export type Access =
  | { state: "opening" }
  | { state: "open"; keysFrom: KeysFrom; keys: ReadonlyMap<Feed, string> }
  /** Signed in, with nothing to see. */
  | { state: "locked" }
  /** Not signed in, and no link, or one without a key. */
  | { state: "noLink" | "badLink" };

type Granted = { keys: readonly { feed: Feed; feedKey: string }[] };

const NO_KEYS: ReadonlyMap<Feed, string> = new Map();

/** Follows the access, and keeps the session's keys in step. Mount it once. */
export function useAccess(session: Session): Access {
  const link = useSyncExternalStore(session.link.subscribe, session.link.current);
  const auth = useConvexAuth();
  const granted = useQuery(api.access.grant, auth.isAuthenticated ? {} : "skip");
  const { isLoading, isAuthenticated } = auth;
  const access = useMemo(() => {
    if (isLoading) return OPENING;
    if (!isAuthenticated || granted?.state === "signedOut") return accessOfLink(link);
    return granted === undefined ? OPENING : accessOfAccount(granted.access);
  }, [isLoading, isAuthenticated, granted, link]);
  const keys = access.state === "open" ? access.keys : NO_KEYS;
  const isOpening = access.state === "opening";
  useLayoutEffect(() => {
    // Between two answers what was held is held on: a renewed sign-in must not empty the screen.
    if (!isOpening) session.holdKeys(keys);
  }, [session, keys, isOpening]);
  return access;
}

const OPENING: Access = { state: "opening" };

/** What a link opens. */
export function accessOfLink(link: FeedLink): Access {
  if (link.state === "open") return { state: "open", keysFrom: "link", keys: link.keys };
  return { state: link.state === "missing" ? "noLink" : "badLink" };
}

/** What an account opens. */
export function accessOfAccount(granted: Granted | null): Access {
  if (granted === null || granted.keys.length === 0) return { state: "locked" };
  const keys = new Map(granted.keys.map(({ feed, feedKey }) => [feed, feedKey]));
  return { state: "open", keysFrom: "account", keys };
}
