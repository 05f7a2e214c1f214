/** What stands where the feed would be: it is opening, locked, or wants a sign-in or a link. */
import { KeyIcon, Link, Notice, SignalSkeletons } from "@heliograph/ui";
import { useQuery } from "convex/react";
import { api } from "../backend.ts";
import { pathOf } from "../shell/paths.ts";
import { WhileLoading } from "../shell/while-loading.tsx";
import { lockedText } from "./locked-text.ts";
import type { Access } from "./use-access.ts";

export function ClosedFeed({ access }: { access: Exclude<Access, { state: "open" }> }) {
  switch (access.state) {
    case "opening":
      return <Opening />;
    case "locked":
      return <LockedNotice />;
    case "noLink":
      return <SignedOutNotice />;
    case "badLink":
      return <BadLinkNotice />;
    default:
      return access satisfies never;
  }
}

function Opening() {
  return (
    <WhileLoading offline="The feed cannot be reached">
      <SignalSkeletons count={6} />
    </WhileLoading>
  );
}

function LockedNotice() {
  const history = useQuery(api.access.mine, { cursor: null });
  if (history === undefined) return <Opening />;
  const newest = history.state === "current" ? history.entries[0] : undefined;
  const { title, text } = lockedText(newest);
  return (
    <Notice
      icon={KeyIcon}
      title={title}
      action={
        <Link href={pathOf("pricing")} tone="solid">
          See pricing
        </Link>
      }
    >
      <p>{text}</p>
    </Notice>
  );
}

function SignedOutNotice() {
  return (
    <Notice
      icon={KeyIcon}
      title="Sign in to see the feed"
      action={
        <Link href={pathOf("signIn")} tone="solid">
          Sign in
        </Link>
      }
    >
      <p>
        The feed opens here for people with a plan:{" "}
        <Link href={pathOf("pricing")}>see pricing</Link>. If you were given a feed link, open it:
        this tab then remembers it until you close it.
      </p>
    </Notice>
  );
}

function BadLinkNotice() {
  return (
    <Notice icon={KeyIcon} title="This link holds no valid feed key">
      <p>
        It may have been cut short when it was copied. Open the whole link again, or ask for a new
        one.
      </p>
    </Notice>
  );
}
