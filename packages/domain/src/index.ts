/** The public face of the domain: pure rules shared by the backend, the pages and the workers. */

export { askedDelayMs, jitteredDelayMs, MAX_ATTEMPTS, retryDelayMs } from "./backoff.ts";
export { decodeBase64url, encodeBase64url } from "./base64url.ts";
export { type AccessNotice, accessNotice, type Renewal } from "./catalogue/access-notice.ts";
export {
  isCheckoutLink,
  isLoopback,
  type LinkedBuyer,
  sellappCheckoutUrl,
  USER_ID_FIELD,
  whopCheckoutUrl,
} from "./catalogue/checkout-links.ts";
export {
  type CheckoutOutcome,
  type CheckoutState,
  checkoutOutcome,
} from "./catalogue/checkout-outcome.ts";
export {
  type BuyRefusal,
  type BuyRefusalCode,
  type HeldPurchase,
  isCurrent,
  refusePurchase,
} from "./catalogue/may-buy.ts";
export {
  lastsAsLong,
  offeringProviders,
  type PlanFields,
  type PlanKind,
  type ProviderRefs,
  refsOfPlan,
} from "./catalogue/plan.ts";
export {
  isMalformed,
  type Marketplace,
  PLAN_LIMITS,
  type PlanField,
  type PlanProblem,
  type PlanProblemCode,
  planProblems,
} from "./catalogue/plan-problems.ts";
export {
  comparePrice,
  isPriceFinding,
  type PricingProvider,
  type ProviderPrice,
} from "./catalogue/provider-price.ts";
export { slugOf } from "./catalogue/slug.ts";
export {
  type ClockOffset,
  estimateOffset,
  TIME_EXCHANGES,
  type TimeExchange,
} from "./clock-offset.ts";
export { assignTarget, type ShardLoad } from "./discord/assign-target.ts";
export type {
  DiscordChannel,
  DiscordOverwrite,
  DiscordRole,
  GuildView,
} from "./discord/guild-view.ts";
export {
  JOIN_CODES,
  type JoinAnswer,
  type JoinCode,
  type JoinOutcome,
  joinOutcome,
} from "./discord/join-outcome.ts";
export { readLinkReturn } from "./discord/link-return.ts";
export {
  channelPermissions,
  compareRoles,
  guildPermissions,
  has,
  highestRole,
  PERMISSION_BITS,
  type PermissionName,
  standsAbove,
} from "./discord/permissions.ts";
export type { DiscordEmbed } from "./discord-embeds.ts";
export { examineJoining } from "./doctor/examine-joining.ts";
export { examineRole } from "./doctor/examine-role.ts";
export { examineRoute, examineSource, TARGETS_PER_TOKEN } from "./doctor/examine-route.ts";
export { type Finding, type FindingCode, isBlocking } from "./doctor/finding.ts";
export type {
  BotStanding,
  ChannelScene,
  GuildScene,
  Intent,
  RoleScene,
  RouteScene,
  Scene,
  TestResult,
} from "./doctor/scene.ts";
export {
  equalInConstantTime,
  type FeedKeyClaims,
  feedKeyMacInput,
  formatFeedKey,
  MIN_FEED_KEY_SECRET_LENGTH,
  parseFeedKey,
  verifyFeedKey,
} from "./feed-key.ts";
export {
  FIRST_LIVE_SEQ,
  isSealed,
  openSegment,
  SEGMENT_SIZE,
  type SeqRange,
  segmentOf,
  seqRange,
} from "./feed-segments.ts";
export {
  createFeedWindow,
  type FeedWindowEvent,
  type FeedWindowStep,
  reduceFeedWindow,
} from "./feed-window.ts";
export { drawLullMs, type FeedWindowCommand } from "./feed-window-plan.ts";
export {
  FEED_WINDOW_DEFAULTS,
  type FeedWindowSettings,
  type FeedWindowState,
  type VisibleSeqs,
  type WindowSignal,
} from "./feed-window-state.ts";
export { type FeedProof, type FeedWindowView, viewFeedWindow } from "./feed-window-view.ts";
export type { RefusalCode } from "./field-reading.ts";
export { classifyKind } from "./kind-classifier.ts";
export {
  addLatencies,
  decodeHistogram,
  EMPTY_HISTOGRAM,
  encodeHistogram,
  type LatencyHistogram,
  mergeHistograms,
  percentileMs,
} from "./latency-histogram.ts";
export {
  type ContentCode,
  extensionOf,
  type MediaContent,
  readMediaContent,
} from "./media/media-content.ts";
export {
  DISCORD_MEDIA_HOSTS,
  isMediaHost,
  judgeMediaUrl,
  type MediaRules,
  type MediaUrlCode,
} from "./media/media-hosts.ts";
export { formatMediaKey, mediaKeyMacInput, verifyMediaKey } from "./media/media-key.ts";
export { isLoopbackAddress, isPublicAddress } from "./media/public-address.ts";
export {
  isCopied,
  linkEndsAtMs,
  MOST_MEDIA,
  mediaAddress,
  type WantedMedium,
  wantedMedia,
} from "./media/wanted-media.ts";
export {
  type AllowedMentions,
  bearsMark,
  DISCORD_CONTENT_LENGTH,
  type MirrorForm,
  type MirrorMessage,
  type MirrorPart,
  markOf,
  readMark,
  renderMirror,
  webhookName,
} from "./mirror-message.ts";
export { type Post, routePost } from "./mirroring/route-post.ts";
export {
  MIRROR_MODES,
  type MirrorMode,
  type MirrorPlace,
  PLAIN_RULES,
  type RouteRules,
  RULE_LIMITS,
  type RuleFault,
  readRules,
} from "./mirroring/route-rules.ts";
export { type ParsedEvent, parseSourceEvent } from "./parse-source-event.ts";
export { type AccessDecision, decideAccess, nextChangeAtMs } from "./payments/decide-access.ts";
export {
  type Entitlement,
  type EntitlementCause,
  entitlementsOf,
  findPlan,
  type Grant,
  type PlannedProduct,
  type PlannedPurchase,
} from "./payments/entitlements.ts";
export {
  type Fact,
  isProductRef,
  type PaymentEvent,
  type PaymentRefusalCode,
  type ProductRef,
  type ReadPaymentEvent,
} from "./payments/facts.ts";
export { buyerIpOf, DEFAULT_GRACE_MS, foldPurchase } from "./payments/fold-purchase.ts";
export { minorUnits } from "./payments/money.ts";
export type { Buyer, Money, Purchase, PurchaseStatus, Term } from "./payments/purchase.ts";
export { readPaymentEvent } from "./payments/read-payment-event.ts";
export {
  anchorOf,
  linksAmong,
  PROVIDERS,
  type Provider,
  type Ref,
  type RefKind,
  walkRefs,
} from "./payments/refs.ts";
export { isSamePurchase } from "./payments/same-purchase.ts";
export {
  hashIp,
  mayClaimTrial,
  type TrialClaim,
  type TrialClaimant,
  trialKeys,
} from "./payments/trial-guard.ts";
export { normalizeEmail } from "./people/email.ts";
export {
  findPasswordFault,
  LEAST_PASSWORD_LENGTH,
  MOST_PASSWORD_LENGTH,
  type PasswordFault,
} from "./people/password-rules.ts";
export { type PersonMarks, pseudonymIn, pseudonymise, speaksOf } from "./people/pseudonym.ts";
export { postText, textKindOf } from "./post-text.ts";
export {
  gapOf,
  type MemberRoles,
  NO_ROLES,
  noteAbsent,
  noteMissing,
  noteReport,
  type RoleReport,
  wantRoles,
} from "./roles/member-roles.ts";
export { planRoleCalls, type RoleCall, type RoleGap, type RolePlan } from "./roles/role-calls.ts";
export { type Drift, driftOf, rolesByHand, type SettledRoles } from "./roles/role-drift.ts";
export { type RoleMapping, wantedRoles } from "./roles/wanted-roles.ts";
export {
  type Folded,
  type FoldOutcome,
  foldEvent,
  type SignalFields,
  type SignalState,
  type SignalView,
  viewOfSignal,
  type Written,
} from "./signal-fold.ts";
export {
  judgeSource,
  type Listening,
  learnSilenceMs,
  routeGraceMs,
  type SilenceRule,
  type SilenceState,
  silenceBoundMs,
} from "./silence.ts";
export {
  type DeleteEvent,
  type Embed,
  type EmbedField,
  type EventAttachment,
  type EventAuthor,
  INGEST_LIMITS,
  type PostEvent,
  SIGNAL_KINDS,
  type SignalKind,
  SOURCE_KINDS,
  type SourceEvent,
  type SourceKind,
} from "./source-event.ts";
export { shortenText } from "./text-splitting.ts";
export { compareTiers, FEEDS, type Feed, feedsFor, isFeed, type Tier } from "./tiers.ts";
export { alertKind, alertName, alertSentAtMs } from "./tradingview/alert-facts.ts";
export {
  type AlertIdentity,
  alertIdentity,
  REPEATED_WITHIN_MS,
} from "./tradingview/alert-identity.ts";
export {
  type AlertTemplate,
  FILTERS,
  type ReadTemplate,
  readTemplate,
  type TemplateFault,
  type TemplateFaultCode,
} from "./tradingview/alert-template.ts";
export {
  isAllowedAddress,
  readAddresses,
  TRADINGVIEW_ADDRESSES,
} from "./tradingview/allowed-address.ts";
export { type Alert, bodyOf, readAlert } from "./tradingview/read-alert.ts";
export { type RenderedAlert, renderAlert } from "./tradingview/render-alert.ts";
