/** Chooses what the page shows: the feed, why there is none, or another page of the site. */
import { useConnectionPhase } from "@heliograph/live-client";
import { ErrorIcon, KeyIcon, Link, Notice, usePathname } from "@heliograph/ui";
import { useSyncExternalStore } from "react";
import { FeedPage } from "./feed/feed-page.tsx";
import type { Session } from "./session.ts";
import { PAGES } from "./shell/pages.tsx";
import { pathOf, viewAt } from "./shell/paths.ts";
import { SiteFrame } from "./shell/site-frame.tsx";

export function App({ session }: { session: Session }) {
  const view = viewAt(usePathname());
  if (view === "feed") return <FeedOrWhyNot session={session} />;
  const Page = view === null ? undefined : PAGES[view];
  return Page === undefined ? <NotFound /> : <Page session={session} />;
}

function FeedOrWhyNot({ session }: { session: Session }) {
  const link = useSyncExternalStore(session.link.subscribe, session.link.current);
  const phase = useConnectionPhase(session.client);
  if (link === "open") return <FeedPage session={session} phase={phase} />;
  return (
    <SiteFrame view="feed" title="Live feed" titleShown={false}>
      {link === "missing" ? <NoKeyNotice /> : <InvalidKeyNotice />}
    </SiteFrame>
  );
}

function NotFound() {
  return (
    <SiteFrame view={null} title="Not found" titleShown={false}>
      <Notice icon={ErrorIcon} title="There is no such page">
        <p>
          <Link href={pathOf("feed")}>Go to the feed</Link>
        </p>
      </Notice>
    </SiteFrame>
  );
}

function NoKeyNotice() {
  return (
    <Notice icon={KeyIcon} title="Open your feed link">
      <p>
        This page shows signals to people who hold a feed link. Open the link you were given; this
        tab then remembers it until you close it.
      </p>
    </Notice>
  );
}

function InvalidKeyNotice() {
  return (
    <Notice icon={KeyIcon} title="This link holds no valid feed key">
      <p>
        It may have been cut short when it was copied. Open the whole link again, or ask for a new
        one.
      </p>
    </Notice>
  );
}
