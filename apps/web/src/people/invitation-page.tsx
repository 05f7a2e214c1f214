/** Joining the team: where an invitation's link leads. The token stays in this tab while one signs in. */
import { useConvexAuth } from "@convex-dev/auth/react";
import {
  Button,
  ErrorIcon,
  Link,
  Narrow,
  Notice,
  Row,
  SkeletonBlock,
  StaffIcon,
  Strip,
  useDeed,
  useOpenedLink,
} from "@heliograph/ui";
import { useMutation } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../backend.ts";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { keepInvitation, keptInvitation } from "./sign-in.ts";

export function InvitationPage() {
  const { params } = useOpenedLink("token");
  const fresh = params.get("token");
  useEffect(() => {
    if (fresh !== null) keepInvitation(fresh);
  }, [fresh]);
  const token = fresh ?? keptInvitation();
  const { isLoading, isAuthenticated } = useConvexAuth();
  return (
    <SiteFrame view={null} title="Join the team">
      <Narrow>
        {token === null ? (
          <NoToken />
        ) : isLoading ? (
          <SkeletonBlock heightRem={8} />
        ) : isAuthenticated ? (
          <Accept key={token} token={token} />
        ) : (
          <SignInFirst />
        )}
      </Narrow>
    </SiteFrame>
  );
}

function Accept({ token }: { token: string }) {
  const accept = useMutation(api.staff.accept);
  const { run, busy, refusal } = useDeed();
  const [role, setRole] = useState<string | null>(null);
  const join = () =>
    run(async () => {
      const joined = await accept({ token });
      keepInvitation(null);
      setRole(joined.role);
    });
  if (role !== null) {
    return (
      <Notice icon={StaffIcon} title={`You are ${role} now`}>
        <p>The console opens for you with this account.</p>
      </Notice>
    );
  }
  return (
    <>
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
      <p>You were invited to the team that runs this site.</p>
      <div>
        <Button tone="solid" busy={busy} onClick={() => void join()}>
          Accept
        </Button>
      </div>
    </>
  );
}

function SignInFirst() {
  return (
    <>
      <p>Sign in with the address that was invited, or sign up with it. Then you come back here.</p>
      <Row>
        <Link href={pathOf("signIn")} tone="solid">
          Sign in
        </Link>
        <Link href={pathOf("signUp")} tone="button">
          Sign up
        </Link>
      </Row>
    </>
  );
}

function NoToken() {
  return (
    <Notice icon={ErrorIcon} title="This link holds no invitation">
      <p>Open the whole link from the mail again.</p>
    </Notice>
  );
}
