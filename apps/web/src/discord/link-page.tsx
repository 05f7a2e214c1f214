/** Where Discord sends the browser back to: the link is finished by the session that began it, or not at all. */
import {
  AccountIcon,
  ErrorIcon,
  KeyIcon,
  Link,
  messageOf,
  Notice,
  navigate,
  SkeletonBlock,
} from "@heliograph/ui";
import { useAction, useConvexAuth } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../backend.ts";
import type { Session } from "../session.ts";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { LinkButton } from "./link-button.tsx";
import type { LinkAnswer } from "./link-return.ts";

type LinkPageProps = { session: Pick<Session, "linkReturn"> };

export function LinkPage({ session }: LinkPageProps) {
  return (
    <SiteFrame view="linkDiscord" title="Link Discord" titleShown={false}>
      <Returned session={session} />
    </SiteFrame>
  );
}

function Returned({ session: { linkReturn } }: LinkPageProps) {
  const { isLoading, isAuthenticated } = useConvexAuth();
  if (isLoading) return <SkeletonBlock heightRem={14} />;
  if (!isAuthenticated) return <SignInFirst />;
  if (linkReturn === null) return <NothingToFinish />;
  if (linkReturn.state === "denied") {
    return <NotLinked why="You did not agree at Discord. Nothing was changed." />;
  }
  return <Finishing answer={linkReturn.answer} />;
}

function Finishing({ answer }: { answer: LinkAnswer }) {
  const complete = useAction(api.discord.completeLink);
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    let isHere = true;
    answer.finish(complete).then(
      ({ returnTo }) => isHere && navigate(returnTo, { replaces: true }),
      (error: unknown) => isHere && setRefusal(messageOf(error)),
    );
    return () => {
      isHere = false;
    };
  }, [answer, complete]);
  if (refusal !== null) return <NotLinked why={refusal} />;
  return (
    <div role="status" aria-busy>
      <Notice icon={AccountIcon} title="Linking your Discord account">
        <p>Asking Discord which account is yours.</p>
      </Notice>
    </div>
  );
}

function NotLinked({ why }: { why: string }) {
  return (
    <div role="alert">
      <Notice
        icon={ErrorIcon}
        title="Discord was not linked"
        action={<LinkButton label="Try again" tone="solid" />}
      >
        <p>{why}</p>
        <p>
          <Link href={pathOf("account")}>Back to your account</Link>
        </p>
      </Notice>
    </div>
  );
}

function NothingToFinish() {
  return (
    <Notice icon={AccountIcon} title="There is nothing to finish here">
      <p>
        Discord is linked from <Link href={pathOf("account")}>your account</Link>.
      </p>
    </Notice>
  );
}

function SignInFirst() {
  const next = encodeURIComponent(pathOf("account"));
  return (
    <Notice icon={KeyIcon} title="You are not signed in any more">
      <p>
        Nothing was linked. <Link href={`${pathOf("signIn")}?next=${next}`}>Sign in</Link> and begin
        again.
      </p>
    </Notice>
  );
}
