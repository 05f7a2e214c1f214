/** What a console says whose machine token does not open it. */
import { Code, Notice, OfflineIcon, RevokedIcon, SignalSkeletons } from "@heliograph/ui";
import type { SignIn } from "./session/console-session.ts";

type NotSignedIn = Exclude<SignIn, { phase: "signedIn" | "noToken" }>;

const REFUSALS: Record<string, { title: string; text: string }> = {
  revoked_token: {
    title: "This console was revoked",
    text: "Its token was ended, here or on the command line. Nothing more is shown in this tab.",
  },
  expired_token: {
    title: "This console's token has expired",
    text: "Tokens for a console are short-lived on purpose.",
  },
  unknown_token: {
    title: "This token is not known",
    text: "It may have been cut short when it was copied, or belong to another deployment.",
  },
  wrong_kind: {
    title: "This token is not for a console",
    text: "It belongs to another kind of machine, such as a bot.",
  },
};

export function SignInNotice({ signIn }: { signIn: NotSignedIn }) {
  switch (signIn.phase) {
    case "signingIn":
      return <SignalSkeletons count={5} />;
    case "unreachable":
      return (
        <Notice icon={OfflineIcon} title="The deployment cannot be reached">
          <p>Your network or the service is down. The console keeps trying and opens by itself.</p>
        </Notice>
      );
    case "refused":
      return <RefusedNotice code={signIn.code} message={signIn.message} />;
    default:
      return signIn satisfies never;
  }
}

function RefusedNotice({ code, message }: { code: string; message: string }) {
  const { title, text } = REFUSALS[code] ?? { title: "The console was refused", text: message };
  return (
    <Notice icon={RevokedIcon} title={title}>
      <p>{text} Make another one and open its link in this tab:</p>
      <IssueCommand />
    </Notice>
  );
}

function IssueCommand() {
  return (
    <p>
      <Code>{`npx convex run machines:issue '{"kind":"console","name":"…"}'`}</Code>
    </p>
  );
}
