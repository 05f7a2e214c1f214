/** Chooses what the page shows: the feed, or why there is none. */
import { useConnectionPhase } from "@heliograph/live-client";
import { AppShell, KeyIcon, Notice, Spoken, ThemeToggle } from "@heliograph/ui";
import { useSyncExternalStore } from "react";
import { FeedPage } from "./feed/feed-page.tsx";
import type { Session } from "./session.ts";

export function App({ session }: { session: Session }) {
  const link = useSyncExternalStore(session.link.subscribe, session.link.current);
  const phase = useConnectionPhase(session.client);
  if (link === "open") return <FeedPage session={session} phase={phase} />;
  return (
    <AppShell status={null} actions={<ThemeToggle />}>
      <h1>
        <Spoken>Live feed</Spoken>
      </h1>
      {link === "missing" ? <NoKeyNotice /> : <InvalidKeyNotice />}
    </AppShell>
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
