/** The console's views in the order of its navigation: each with its words and the least role that may see it. */
import {
  AuditIcon,
  CaptureIcon,
  CatalogueIcon,
  CustomersIcon,
  DiscordIcon,
  ErrorIcon,
  LatencyIcon,
  LiveIcon,
  MachineIcon,
  MailIcon,
  PaymentsIcon,
  QueuesIcon,
  ReconcileIcon,
  RolesIcon,
  SourcesIcon,
  StaffIcon,
} from "@heliograph/ui";
import type { ReactNode } from "react";
import { AuditView } from "./audit/audit-view.tsx";
import { CaptureView } from "./capture/capture-view.tsx";
import { CatalogueView } from "./catalogue/catalogue-view.tsx";
import { CustomersView } from "./customers/customers-view.tsx";
import { DeskView } from "./desk/desk-view.tsx";
import { DiscordView } from "./discord/discord-view.tsx";
import { LatencyView } from "./latency/latency-view.tsx";
import { LiveView } from "./live/live-view.tsx";
import { MachinesView } from "./machines/machines-view.tsx";
import { MailView } from "./mail/mail-view.tsx";
import { PaymentsView } from "./payments/payments-view.tsx";
import { QueuesView } from "./queues/queues-view.tsx";
import { ReconcileView } from "./reconcile/reconcile-view.tsx";
import { RolesView } from "./roles/roles-view.tsx";
import type { View } from "./router.ts";
import type { StaffRole } from "./session/console-session.ts";
import { SourcesView } from "./sources/sources-view.tsx";
import { StaffView } from "./staff/staff-view.tsx";

/** Who looks at the console: a console's own machine is null for a person. */
export type Viewer = { role: StaffRole; machineId: string | null };

export type ConsoleView = {
  view: View;
  text: string;
  icon: ReactNode;
  least: StaffRole;
  show: (viewer: Viewer) => ReactNode;
};

const ICON = { "aria-hidden": true, size: 16 } as const;
const RANKS: Record<StaffRole, number> = { support: 1, operator: 2, owner: 3 };

const VIEWS: readonly ConsoleView[] = [
  {
    view: "live",
    text: "Live",
    icon: <LiveIcon {...ICON} />,
    least: "operator",
    show: () => <LiveView />,
  },
  {
    view: "latency",
    text: "Latency",
    icon: <LatencyIcon {...ICON} />,
    least: "operator",
    show: () => <LatencyView />,
  },
  {
    view: "sources",
    text: "Sources & routes",
    icon: <SourcesIcon {...ICON} />,
    least: "operator",
    show: () => <SourcesView />,
  },
  {
    view: "discord",
    text: "Discord",
    icon: <DiscordIcon {...ICON} />,
    least: "operator",
    show: () => <DiscordView />,
  },
  {
    view: "roles",
    text: "Roles",
    icon: <RolesIcon {...ICON} />,
    least: "operator",
    show: () => <RolesView />,
  },
  {
    view: "capture",
    text: "Capture",
    icon: <CaptureIcon {...ICON} />,
    least: "operator",
    show: () => <CaptureView />,
  },
  {
    view: "queues",
    text: "Queues",
    icon: <QueuesIcon {...ICON} />,
    least: "operator",
    show: () => <QueuesView />,
  },
  {
    view: "catalogue",
    text: "Catalogue",
    icon: <CatalogueIcon {...ICON} />,
    least: "operator",
    show: () => <CatalogueView />,
  },
  {
    view: "customers",
    text: "Customers",
    icon: <CustomersIcon {...ICON} />,
    least: "support",
    show: ({ role }) => <CustomersView mayGive={RANKS[role] >= RANKS.operator} />,
  },
  {
    view: "payments",
    text: "Payment events",
    icon: <PaymentsIcon {...ICON} />,
    least: "operator",
    show: () => <PaymentsView />,
  },
  {
    view: "desk",
    text: "Failure desk",
    icon: <ErrorIcon {...ICON} />,
    least: "operator",
    show: () => <DeskView />,
  },
  {
    view: "reconcile",
    text: "Reconciliation",
    icon: <ReconcileIcon {...ICON} />,
    least: "operator",
    show: () => <ReconcileView />,
  },
  {
    view: "machines",
    text: "Machines",
    icon: <MachineIcon {...ICON} />,
    least: "operator",
    show: ({ machineId, role }) => <MachinesView ownMachineId={machineId} role={role} />,
  },
  {
    view: "staff",
    text: "Staff",
    icon: <StaffIcon {...ICON} />,
    least: "operator",
    show: () => <StaffView />,
  },
  {
    view: "audit",
    text: "Audit log",
    icon: <AuditIcon {...ICON} />,
    least: "operator",
    show: () => <AuditView />,
  },
  {
    view: "mail",
    text: "Mail",
    icon: <MailIcon {...ICON} />,
    least: "operator",
    show: () => <MailView />,
  },
];

/** The views that somebody of this role may open. */
export function viewsFor(role: StaffRole): readonly ConsoleView[] {
  return VIEWS.filter(({ least }) => RANKS[role] >= RANKS[least]);
}
