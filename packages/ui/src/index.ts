/**
 * Everything the pages are built from. Importing it also loads the tokens and the base styles.
 */
import "./theme/tokens.css";
import "./theme/base.css";

// The one icon set, under the product's words: changing the set touches these lines.
export {
  Activity as LatencyIcon,
  Antenna as CaptureIcon,
  ArrowDown as DownIcon,
  ArrowUp as UpIcon,
  BadgeCheck as RolesIcon,
  Bot as DiscordIcon,
  Cable as SourcesIcon,
  CircleHelp as HelpIcon,
  CloudOff as OfflineIcon,
  CreditCard as PricingIcon,
  FileClock as AuditIcon,
  Inbox as EmptyIcon,
  KeyRound as KeyIcon,
  ListTodo as QueuesIcon,
  Mail as MailIcon,
  Plus as AddIcon,
  Radio as LiveIcon,
  RefreshCw as RetryIcon,
  Scale as ReconcileIcon,
  Server as MachineIcon,
  ShieldCheck as StaffIcon,
  ShieldOff as RevokedIcon,
  Tags as CatalogueIcon,
  Trash2 as RemoveIcon,
  TriangleAlert as ErrorIcon,
  UserRound as AccountIcon,
  Users as CustomersIcon,
  WalletCards as PaymentsIcon,
} from "lucide-react";
export type { LatencySeries } from "./charts/latency-points.ts";
export { LatencyChart, RateChart } from "./charts/lazy-charts.tsx";
export type { RatePoint } from "./charts/rate-chart.tsx";
export { ConfirmDeed } from "./deeds/confirm-deed.tsx";
export { DiscordButton } from "./deeds/discord-button.tsx";
export { codeOf, type Deed, messageOf, useDeed } from "./deeds/use-deed.ts";
export { AppShell, type NavItem } from "./layout/app-shell.tsx";
export { FeedEnd, FeedList, NewSignalsPill } from "./layout/feed-layout.tsx";
export {
  Columns,
  Facts,
  Inset,
  Narrow,
  Panel,
  Quiet,
  Row,
  Split,
  Stack,
} from "./layout/layout.tsx";
export { ConnectionChip, MeasureStrip, StatusLine } from "./layout/status-line.tsx";
export { useOpenedLink } from "./navigation/fragment.ts";
export { Link } from "./navigation/link.tsx";
export { makePaths, navigate, usePathname, useSearch } from "./navigation/paths.ts";
export { Offer } from "./pricing/offer.tsx";
export { Badge, Kbd, StatusDot, type Tone } from "./primitives/badge.tsx";
export { Button, IconButton } from "./primitives/button.tsx";
export { ConfirmDialog, Dialog } from "./primitives/dialog.tsx";
export { CheckField, SelectField, TextAreaField, TextField } from "./primitives/field.tsx";
export { Form, FormNote } from "./primitives/form.tsx";
export { Notice, Strip } from "./primitives/notice.tsx";
export { Segmented } from "./primitives/segmented.tsx";
export { SignalSkeletons, SkeletonBlock } from "./primitives/skeleton.tsx";
export { Announcer, Spoken } from "./primitives/spoken.tsx";
export { Stat, StatRow } from "./primitives/stat.tsx";
export { type Column, Table } from "./primitives/table.tsx";
export { Tooltip } from "./primitives/tooltip.tsx";
export { jumpToSignal, jumpToTop, stepToSignal } from "./signal/jump.ts";
export { RemovedLine } from "./signal/removed-line.tsx";
export { type ReplyView, replyPreview, signalExcerpt } from "./signal/reply-preview.ts";
export { KindBadge, SignalCard } from "./signal/signal-card.tsx";
export { type MirrorView, SignalTrail } from "./signal/signal-trail.tsx";
export { kindWord, type SignalKind, type SignalView, signalName } from "./signal/signal-view.ts";
export { Code } from "./text/code.tsx";
export { plainText } from "./text/markdown.ts";
export { MarkdownView } from "./text/markdown-view.tsx";
export { countText, msText, sizeText } from "./text/number-text.ts";
export { Plain } from "./text/plain.tsx";
export { parsePrice, priceInput, priceText, termText } from "./text/price-text.ts";
export { ThemeToggle } from "./theme/theme-toggle.tsx";
export { correctSharedClock } from "./time/shared-clock.ts";
export { TimeAgo, useMinuteMs } from "./time/time-ago.tsx";
export { durationText, exactTime, timeLeft } from "./time/time-text.ts";
