/** Chooses what the page shows: the feed, why there is none, or another page of the site. */
import { useConnectionPhase } from "@heliograph/live-client";
import { ErrorIcon, Link, Notice, usePathname } from "@heliograph/ui";
import { ClosedFeed } from "./access/closed-feed.tsx";
import { type Access, useAccess } from "./access/use-access.ts";
import { FeedPage } from "./feed/feed-page.tsx";
import type { Session } from "./session.ts";
import { PAGES } from "./shell/pages.tsx";
import { pathOf, viewAt } from "./shell/paths.ts";
import { SiteFrame } from "./shell/site-frame.tsx";

export function App({ session }: { session: Session }) {
  const view = viewAt(usePathname());
  const access = useAccess(session); // also on other pages: the feed is locked or open when one returns
  if (view === "feed") return <FeedOrWhyNot session={session} access={access} />;
  const Page = view === null ? undefined : PAGES[view];
  return Page === undefined ? <NotFound /> : <Page session={session} />;
}

function FeedOrWhyNot({ session, access }: { session: Session; access: Access }) {
  const phase = useConnectionPhase(session.client);
  if (access.state === "open") {
    return <FeedPage session={session} phase={phase} keysFrom={access.keysFrom} />;
  }
  return (
    <SiteFrame view="feed" title="Live feed" titleShown={false}>
      <ClosedFeed access={access} />
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
