/** The deployment this console lives on: its functions, its types, its addresses. */
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api.js";

export { api };

export const DEPLOYMENT_URL = import.meta.env.VITE_CONVEX_URL;
export const SITE_URL = import.meta.env.VITE_CONVEX_SITE_URL;

/** What a console query answers to a console whose token still holds. */
type Current<Answer> = Extract<Answer, { state: "current" }>;

export type LiveSignal = Current<FunctionReturnType<typeof api.live.signals>>["signals"][number];
export type RateMinute = Current<FunctionReturnType<typeof api.live.rate>>["minutes"][number];
export type SurfaceSummary = Current<
  FunctionReturnType<typeof api.receipts.summary>
>["surfaces"][number];
export type Source = Current<FunctionReturnType<typeof api.sources.list>>["sources"][number];
export type Route = Current<FunctionReturnType<typeof api.routes.list>>["routes"][number];
export type CapturedSource = Current<
  FunctionReturnType<typeof api.capture.health>
>["sources"][number];
export type AlertTemplate = Current<
  FunctionReturnType<typeof api.tradingview.templates>
>["templates"][number];
export type ReceivedAlert = Current<
  FunctionReturnType<typeof api.tradingview.recent>
>["alerts"][number];
export type TargetQueue = Current<FunctionReturnType<typeof api.mirrors.queues>>["targets"][number];
export type TargetCheck = Current<FunctionReturnType<typeof api.drift.list>>["checks"][number];
export type CataloguePlan = Current<FunctionReturnType<typeof api.catalogue.list>>["plans"][number];
export type TierWords = Current<FunctionReturnType<typeof api.catalogue.list>>["tiers"][number];
export type Machine = Current<FunctionReturnType<typeof api.machines.list>>["machines"][number];
export type FoundCustomer = Current<
  FunctionReturnType<typeof api.customers.find>
>["customers"][number];
export type Customer = NonNullable<
  Current<FunctionReturnType<typeof api.customers.show>>["customer"]
>;
export type TimelineEntry = Current<
  FunctionReturnType<typeof api.access.timeline>
>["entries"][number];
export type Explanation = Current<FunctionReturnType<typeof api.access.explain>>;
type Desk = Current<FunctionReturnType<typeof api.desk.groups>>;
export type DeskGroup = Desk["groups"][number];
export type WebhookRefusal = Desk["refusals"][number];
export type PaymentEvent = Current<FunctionReturnType<typeof api.desk.events>>["rows"][number];
export type PurchaseSummary = Current<
  FunctionReturnType<typeof api.desk.purchases>
>["rows"][number];
export type PaymentOutcome = Current<FunctionReturnType<typeof api.desk.event>>["outcome"];
export type ReplayDiff = FunctionReturnType<typeof api.desk.previewReplay>;
export type Member = Current<FunctionReturnType<typeof api.staff.list>>["members"][number];
export type Invitation = Current<FunctionReturnType<typeof api.staff.list>>["invitations"][number];
export type LoggedDeed = Current<FunctionReturnType<typeof api.audit.list>>["deeds"][number];
export type OutboxMail = Current<FunctionReturnType<typeof api.mail.outbox>>["mails"][number];
export type ProviderStop = Current<FunctionReturnType<typeof api.stops.list>>["stops"][number];
export type ReconciledProvider = Current<
  FunctionReturnType<typeof api.reconcile.overview>
>["providers"][number];
export type ReconciliationRun = ReconciledProvider["runs"][number];
export type ReconciliationDiff = Current<
  FunctionReturnType<typeof api.reconcile.diffs>
>["diffs"][number];
export type BotProcess = Current<FunctionReturnType<typeof api.bots.list>>["bots"][number];
export type BotGuild = Current<FunctionReturnType<typeof api.bots.guilds>>["guilds"][number];
export type OpenedGuild = Current<
  FunctionReturnType<typeof api.discordGuilds.list>
>["guilds"][number];
export type BotChannel = Current<FunctionReturnType<typeof api.bots.guild>>["channels"][number];
export type Finding = Current<FunctionReturnType<typeof api.doctor.target>>["findings"][number];
export type TargetTest = NonNullable<Current<FunctionReturnType<typeof api.doctor.target>>["test"]>;
export type Patient = Current<FunctionReturnType<typeof api.doctor.round>>["patients"][number];
export type SilenceWatch = Current<FunctionReturnType<typeof api.silence.list>>["watches"][number];
export type RoleMapping = Current<
  FunctionReturnType<typeof api.roleMappings.list>
>["mappings"][number];
export type MappingEffect = FunctionReturnType<typeof api.roleMappings.preview>;
export type MemberRoles = Current<
  FunctionReturnType<typeof api.memberRoles.list>
>["members"][number];
export type RoleSweep = Current<
  FunctionReturnType<typeof api.memberRoles.sweeps>
>["sweeps"][number];
