/** The console: who looks, or why it is shut. */
import { useSyncExternalStore } from "react";
import { Console, ShutConsole } from "./console-frame.tsx";
import { useSession } from "./session/use-console-query.ts";
import { SignInNotice } from "./sign-in-notice.tsx";
import { StaffGate } from "./staff/staff-gate.tsx";

export function App() {
  const session = useSession();
  const signIn = useSyncExternalStore(session.subscribe, session.signIn);
  switch (signIn.phase) {
    case "signedIn":
      return <Console viewer={{ role: "operator", machineId: signIn.machineId }} actions={null} />;
    case "noToken":
      return <StaffGate />;
    case "signingIn":
    case "unreachable":
    case "refused":
      return (
        <ShutConsole>
          <SignInNotice signIn={signIn} />
        </ShutConsole>
      );
    default:
      return signIn satisfies never;
  }
}
