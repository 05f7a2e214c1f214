/** Lets a person of the staff in: signs them in, asks for their role, shows the console. */
import { ConvexAuthProvider, useAuthActions, useConvexAuth } from "@convex-dev/auth/react";
import { Button, Notice, RevokedIcon, SignalSkeletons } from "@heliograph/ui";
import { useQuery } from "convex/react";
import { useEffect } from "react";
import { api } from "../backend.ts";
import { Console, ShutConsole } from "../console-frame.tsx";
import { useSession } from "../session/use-console-query.ts";
import { StaffSignIn } from "./staff-sign-in.tsx";

export function StaffGate() {
  const { client } = useSession();
  return (
    <ConvexAuthProvider client={client}>
      <Admission />
    </ConvexAuthProvider>
  );
}

function Admission() {
  const { isLoading, isAuthenticated } = useConvexAuth();
  if (isLoading) return <Waiting />;
  return isAuthenticated ? <RoleGate /> : <SignIn />;
}

function RoleGate() {
  const session = useSession();
  const me = useQuery(api.staff.me);
  const role = me?.state === "current" ? me.role : null;
  useEffect(() => {
    session.staffIs(role);
    return () => session.staffIs(null);
  }, [session, role]);
  if (me === undefined) return <Waiting />;
  if (me.state === "signedOut") return <SignIn />;
  if (role === null) return <NoRole email={me.email} />;
  return <Console viewer={{ role, machineId: null }} actions={<SignOut />} />;
}

function Waiting() {
  return (
    <ShutConsole>
      <SignalSkeletons count={5} />
    </ShutConsole>
  );
}

function SignIn() {
  return (
    <ShutConsole>
      <StaffSignIn />
    </ShutConsole>
  );
}

function NoRole({ email }: { email: string | null }) {
  return (
    <ShutConsole>
      <Notice icon={RevokedIcon} title="This account has no role here">
        <p>
          {email ?? "You"} may use the customers' site. An owner can invite you to the console; then
          it opens here by itself.
        </p>
        <SignOut />
      </Notice>
    </ShutConsole>
  );
}

function SignOut() {
  const { signOut } = useAuthActions();
  return <Button onClick={() => void signOut()}>Sign out</Button>;
}
