/** One's own account: who one is, where one is signed in, what is stored, and leaving. */
import { useAuthActions } from "@convex-dev/auth/react";
import { Button, KeyIcon, Link, Narrow, Notice, SkeletonBlock } from "@heliograph/ui";
import { useQuery } from "convex/react";
import { api, type Me } from "../backend.ts";
import { DiscordPanel } from "../discord/discord-panel.tsx";
import { PlanSection } from "../pricing/plan-section.tsx";
import { RolesPanel } from "../roles/roles-panel.tsx";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { WhileLoading } from "../shell/while-loading.tsx";
import { ClaimPanel } from "./claim-panel.tsx";
import { DeletePanel } from "./delete-panel.tsx";
import { EmailPanel } from "./email-panel.tsx";
import { ExportPanel } from "./export-panel.tsx";
import { PasswordPanel } from "./password-panel.tsx";
import { ProfilePanel } from "./profile-panel.tsx";
import { SessionsPanel } from "./sessions-panel.tsx";

export function AccountPage() {
  const me = useQuery(api.account.me);
  return (
    <SiteFrame view="account" title="Account">
      {me === undefined ? (
        <WhileLoading offline="Your account cannot be reached">
          <SkeletonBlock heightRem={24} />
        </WhileLoading>
      ) : me.state === "signedOut" ? (
        <SignedOut />
      ) : (
        <Account me={me} />
      )}
    </SiteFrame>
  );
}

function Account({ me }: { me: Me }) {
  const { signOut } = useAuthActions();
  return (
    <Narrow>
      <PlanSection />
      <DiscordPanel />
      <RolesPanel />
      <ClaimPanel />
      <ProfilePanel me={me} />
      <EmailPanel me={me} />
      {me.hasPassword && <PasswordPanel />}
      <SessionsPanel />
      <div>
        <Button onClick={() => void signOut()}>Sign out here</Button>
      </div>
      <ExportPanel />
      <DeletePanel me={me} />
    </Narrow>
  );
}

function SignedOut() {
  return (
    <Notice
      icon={KeyIcon}
      title="You are not signed in"
      action={
        <Link href={pathOf("signIn")} tone="solid">
          Sign in
        </Link>
      }
    >
      <p>Your session has ended, here or from another device.</p>
    </Notice>
  );
}
