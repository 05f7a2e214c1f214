/** The console's frame: who is signed in, which view is open, or why there is none. */
import { useConnectionPhase } from "@heliograph/live-client";
import {
  AppShell,
  ConnectionChip,
  ErrorIcon,
  LatencyIcon,
  LiveIcon,
  MachineIcon,
  Notice,
  SourcesIcon,
  Spoken,
  ThemeToggle,
} from "@heliograph/ui";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import { LatencyView } from "./latency/latency-view.tsx";
import { LiveView } from "./live/live-view.tsx";
import { MachinesView } from "./machines/machines-view.tsx";
import { navigate, pathOf, useView, type View } from "./router.ts";
import type { SignIn } from "./session/console-session.ts";
import { useSession } from "./session/use-console-query.ts";
import { SignInNotice } from "./sign-in-notice.tsx";
import { SourcesView } from "./sources/sources-view.tsx";

const VIEWS: ReadonlyArray<{ view: View; text: string; icon: ReactNode }> = [
  { view: "live", text: "Live", icon: <LiveIcon aria-hidden size={16} /> },
  { view: "latency", text: "Latency", icon: <LatencyIcon aria-hidden size={16} /> },
  { view: "sources", text: "Sources & routes", icon: <SourcesIcon aria-hidden size={16} /> },
  { view: "machines", text: "Machines", icon: <MachineIcon aria-hidden size={16} /> },
];

export function App() {
  const session = useSession();
  const signIn = useSyncExternalStore(session.subscribe, session.signIn);
  const phase = useConnectionPhase(session.client);
  const view = useView();
  const title = VIEWS.find((known) => known.view === view)?.text ?? "Not found";
  useEffect(() => {
    document.title = `${title} · Heliograph Console`;
  }, [title]);
  const items = VIEWS.map((known) => ({
    text: known.text,
    icon: known.icon,
    href: pathOf(known.view),
    current: known.view === view,
  }));
  return (
    <AppShell
      place="Console"
      // "Live" over a page that shows nothing would be a lie.
      status={isShut(signIn) ? null : <ConnectionChip phase={phase} />}
      actions={<ThemeToggle />}
      {...(signIn.phase === "signedIn" && { nav: { items, onNavigate: navigate } })}
    >
      <h1>
        <Spoken>{title}</Spoken>
      </h1>
      {signIn.phase === "signedIn" ? (
        <OpenView view={view} machineId={signIn.machineId} />
      ) : (
        <SignInNotice signIn={signIn} />
      )}
    </AppShell>
  );
}

function isShut({ phase }: SignIn): boolean {
  return phase === "refused" || phase === "noToken";
}

function OpenView({ view, machineId }: { view: View | null; machineId: string | null }) {
  switch (view) {
    case "live":
      return <LiveView />;
    case "latency":
      return <LatencyView />;
    case "sources":
      return <SourcesView />;
    case "machines":
      return <MachinesView ownMachineId={machineId} />;
    case null:
      return (
        <Notice icon={ErrorIcon} title="There is no such view">
          <p>Choose one above.</p>
        </Notice>
      );
    default:
      return view satisfies never;
  }
}
