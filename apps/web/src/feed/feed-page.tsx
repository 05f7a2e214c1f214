/** The live feed: header, proof of completeness, the list, and what was measured. */
import type { ConnectionPhase } from "@heliograph/live-client";
import {
  Announcer,
  AppShell,
  Button,
  ConnectionChip,
  HelpIcon,
  IconButton,
  jumpToTop,
  NewSignalsPill,
  Spoken,
  StatusLine,
  ThemeToggle,
} from "@heliograph/ui";
import { useRef, useState, useSyncExternalStore } from "react";
import { AccessLine } from "../access/access-line.tsx";
import type { KeysFrom } from "../access/use-access.ts";
import type { Session } from "../session.ts";
import { useSiteNav } from "../shell/site-frame.tsx";
import { standing } from "./completeness.ts";
import { FeedAside } from "./feed-aside.tsx";
import { FeedBody } from "./feed-body.tsx";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { useAnnouncement } from "./use-announcement.ts";
import { useFeedKeyboard } from "./use-feed-keyboard.ts";
import { usePageTitle } from "./use-page-title.ts";
import { useUnseenCount } from "./use-unseen-count.ts";

type FeedPageProps = { session: Session; phase: ConnectionPhase; keysFrom: KeysFrom };

export function FeedPage({ session, phase, keysFrom }: FeedPageProps) {
  const { feed, measuring } = session;
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const listRef = useRef<HTMLDivElement>(null);
  const [helpOpen, setHelpOpen] = useState(false);
  const nav = useSiteNav("feed");
  const unseen = useUnseenCount(snapshot.arrivals);
  const spoken = useAnnouncement(snapshot.arrivals);
  useFeedKeyboard(listRef, () => setHelpOpen(true));
  usePageTitle(unseen);
  const now = standing(snapshot.view, phase, keysFrom);
  const isRenewed = snapshot.view.feeds.every(({ status }) => status === "rotated");
  return (
    <AppShell
      // "Live" over a feed that stands still would be a lie.
      status={isRenewed ? null : <ConnectionChip phase={phase} />}
      actions={
        <>
          <IconButton label="Keyboard shortcuts" onClick={() => setHelpOpen(true)}>
            <HelpIcon aria-hidden size={18} strokeWidth={1.75} />
          </IconButton>
          <ThemeToggle />
        </>
      }
      nav={nav}
      aside={<FeedAside tally={measuring.tally} />}
    >
      <h1>
        <Spoken>Live feed</Spoken>
      </h1>
      <StatusLine
        tone={now.tone}
        action={now.tone === "bad" && <Button onClick={() => feed.reconnected()}>Try again</Button>}
      >
        {now.text}
      </StatusLine>
      {keysFrom === "account" && <AccessLine />}
      <FeedBody snapshot={snapshot} feed={feed} phase={phase} listRef={listRef} />
      <NewSignalsPill count={unseen} onPress={jumpToTop} />
      <Announcer text={spoken} />
      <KeyboardHelp open={helpOpen} onOpenChange={setHelpOpen} />
    </AppShell>
  );
}
