/** How long the feed stays open for the account that looks at it. Follows every renewal and cancellation live. */
import { accessNotice } from "@heliograph/domain";
import { Link, StatusLine, useMinuteMs } from "@heliograph/ui";
import { useStanding } from "../pricing/use-standing.ts";
import { pathOf } from "../shell/paths.ts";
import { noticeText, noticeTone } from "./notice-text.ts";

/** Nothing for access without an end: there is nothing to know. */
export function AccessLine() {
  const standing = useStanding();
  const nowMs = useMinuteMs();
  if (standing?.access === undefined || standing.access === null) return null;
  const notice = accessNotice(standing.access, standing.held);
  if (notice.kind === "open") return null;
  return (
    <StatusLine
      tone={noticeTone(notice, nowMs)}
      action={<Link href={pathOf("account")}>Your plan</Link>}
    >
      {noticeText(notice)}
    </StatusLine>
  );
}
