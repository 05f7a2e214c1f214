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
import { pathOf, viewAt } from "./router.ts";
import { useSession } from "./session/use-console-query.ts";
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
  const nav = views.map(({ view, text, icon }) => ({
    text,
    icon,
    href: pathOf(view),
    current: view === current,
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

function NoSuchView() {
  return (
    <Notice icon={ErrorIcon} title="There is no such view">
      <p>Choose one above.</p>
    </Notice>
  );
}
