/** The console's frame: open for a viewer, with the views of their role, or shut. */
import { useConnectionPhase } from "@heliograph/live-client";
import {
  AppShell,
  ConnectionChip,
  ErrorIcon,
  Notice,
  Spoken,
  ThemeToggle,
  usePathname,
} from "@heliograph/ui";
import { type ReactNode, useEffect } from "react";
import { api } from "./backend.ts";
import { pathOf, type View, viewAt } from "./router.ts";
import { useConsoleQuery, useSession } from "./session/use-console-query.ts";
import { type Viewer, viewsFor } from "./views.tsx";

/** The console while nobody looks: no navigation, and no "Live" over a page that shows nothing. */
export function ShutConsole({ children }: { children: ReactNode }) {
  useEffect(() => {
    document.title = "Heliograph Console";
  }, []);
  return (
    <AppShell place="Console" status={null} actions={<ThemeToggle />}>
      <h1>
        <Spoken>Console</Spoken>
      </h1>
      {children}
    </AppShell>
  );
}

type ConsoleProps = { viewer: Viewer; actions: ReactNode };

/** The console as this viewer may see it. */
export function Console({ viewer, actions }: ConsoleProps) {
  const { client } = useSession();
  const phase = useConnectionPhase(client);
  const current = viewAt(usePathname());
  const views = viewsFor(viewer.role);
  const open = views.find(({ view }) => view === current);
  const title = open?.text ?? "Not found";
  useEffect(() => {
    document.title = `${title} · Heliograph Console`;
  }, [title]);
  const waiting: Partial<Record<View, string | undefined>> = {
    desk: useWaitingAtDesk(),
    discord: useSilent(),
  };
  const nav = views.map(({ view, text, icon }) => ({
    text,
    icon,
    href: pathOf(view),
    current: view === current,
    waiting: waiting[view],
  }));
  return (
    <AppShell
      place="Console"
      status={<ConnectionChip phase={phase} />}
      actions={
        <>
          {actions}
          <ThemeToggle />
        </>
      }
      nav={nav}
    >
      <h1>
        <Spoken>{title}</Spoken>
      </h1>
      {open === undefined ? <NoSuchView /> : open.show(viewer)}
    </AppShell>
  );
}

/** How much waits for somebody at the failure desk, "100+" if there is more; undefined: nothing, or not known. */
function useWaitingAtDesk(): string | undefined {
  const badge = useConsoleQuery(api.desk.badge, {});
  if (badge.state !== "ready" || badge.data.open === 0) return undefined;
  return `${badge.data.open}${badge.data.isMore ? "+" : ""}`;
}

/** How many sources and routes are silent; undefined: none, or not known. */
function useSilent(): string | undefined {
  const badge = useConsoleQuery(api.silence.badge, {});
  if (badge.state !== "ready" || badge.data.silent === 0) return undefined;
  return String(badge.data.silent);
}

function NoSuchView() {
  return (
    <Notice icon={ErrorIcon} title="There is no such view">
      <p>Choose one above.</p>
    </Notice>
  );
}
