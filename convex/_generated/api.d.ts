/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as access from "../access.js";
import type * as accessMatrix from "../accessMatrix.js";
import type * as account from "../account.js";
import type * as audit from "../audit.js";
import type * as auth from "../auth.js";
import type * as callers from "../callers.js";
import type * as catalogue from "../catalogue.js";
import type * as checkout from "../checkout.js";
import type * as checkouts from "../checkouts.js";
import type * as crons from "../crons.js";
import type * as customers from "../customers.js";
import type * as desk from "../desk.js";
import type * as erasures from "../erasures.js";
import type * as feed from "../feed.js";
import type * as http from "../http.js";
import type * as identities from "../identities.js";
import type * as ingest from "../ingest.js";
import type * as leases from "../leases.js";
import type * as live from "../live.js";
import type * as machines from "../machines.js";
import type * as mail from "../mail.js";
import type * as mailSmtp from "../mailSmtp.js";
import type * as media from "../media.js";
import type * as mirrors from "../mirrors.js";
import type * as model_access_checks from "../model/access/checks.js";
import type * as model_access_explain from "../model/access/explain.js";
import type * as model_access_grantKeys from "../model/access/grantKeys.js";
import type * as model_access_grants from "../model/access/grants.js";
import type * as model_access_holdings from "../model/access/holdings.js";
import type * as model_access_places from "../model/access/places.js";
import type * as model_access_planChange from "../model/access/planChange.js";
import type * as model_access_recompute from "../model/access/recompute.js";
import type * as model_access_tables from "../model/access/tables.js";
import type * as model_access_timeline from "../model/access/timeline.js";
import type * as model_access_told from "../model/access/told.js";
import type * as model_access_validators from "../model/access/validators.js";
import type * as model_audit_list from "../model/audit/list.js";
import type * as model_audit_record from "../model/audit/record.js";
import type * as model_catalogue_hooks from "../model/catalogue/hooks.js";
import type * as model_catalogue_market from "../model/catalogue/market.js";
import type * as model_catalogue_offers from "../model/catalogue/offers.js";
import type * as model_catalogue_refs from "../model/catalogue/refs.js";
import type * as model_catalogue_replan from "../model/catalogue/replan.js";
import type * as model_catalogue_store from "../model/catalogue/store.js";
import type * as model_catalogue_tables from "../model/catalogue/tables.js";
import type * as model_catalogue_validators from "../model/catalogue/validators.js";
import type * as model_checkout_begin from "../model/checkout/begin.js";
import type * as model_checkout_held from "../model/checkout/held.js";
import type * as model_checkout_limits from "../model/checkout/limits.js";
import type * as model_checkout_ownAccess from "../model/checkout/ownAccess.js";
import type * as model_checkout_store from "../model/checkout/store.js";
import type * as model_checkout_stripeClient from "../model/checkout/stripeClient.js";
import type * as model_checkout_stripeCustomer from "../model/checkout/stripeCustomer.js";
import type * as model_checkout_stripeSession from "../model/checkout/stripeSession.js";
import type * as model_checkout_stripeSessions from "../model/checkout/stripeSessions.js";
import type * as model_checkout_tables from "../model/checkout/tables.js";
import type * as model_checkout_validators from "../model/checkout/validators.js";
import type * as model_checkout_whopCheckout from "../model/checkout/whopCheckout.js";
import type * as model_customers_find from "../model/customers/find.js";
import type * as model_customers_show from "../model/customers/show.js";
import type * as model_environment from "../model/environment.js";
import type * as model_feeds_counter from "../model/feeds/counter.js";
import type * as model_feeds_keys from "../model/feeds/keys.js";
import type * as model_feeds_read from "../model/feeds/read.js";
import type * as model_feeds_shards from "../model/feeds/shards.js";
import type * as model_http_answer from "../model/http/answer.js";
import type * as model_http_ingestRequest from "../model/http/ingestRequest.js";
import type * as model_http_machineExchange from "../model/http/machineExchange.js";
import type * as model_http_mediaRequest from "../model/http/mediaRequest.js";
import type * as model_http_tokenRefusals from "../model/http/tokenRefusals.js";
import type * as model_identities_attach from "../model/identities/attach.js";
import type * as model_identities_claims from "../model/identities/claims.js";
import type * as model_identities_hooks from "../model/identities/hooks.js";
import type * as model_identities_merge from "../model/identities/merge.js";
import type * as model_identities_normalize from "../model/identities/normalize.js";
import type * as model_identities_tables from "../model/identities/tables.js";
import type * as model_identities_validators from "../model/identities/validators.js";
import type * as model_ingest_acceptBatch from "../model/ingest/acceptBatch.js";
import type * as model_ingest_acceptWithToken from "../model/ingest/acceptWithToken.js";
import type * as model_ingest_read from "../model/ingest/read.js";
import type * as model_ingest_replies from "../model/ingest/replies.js";
import type * as model_ingest_rollUp from "../model/ingest/rollUp.js";
import type * as model_ingest_sourceFinder from "../model/ingest/sourceFinder.js";
import type * as model_ingest_tally from "../model/ingest/tally.js";
import type * as model_ingest_throttle from "../model/ingest/throttle.js";
import type * as model_ingest_validators from "../model/ingest/validators.js";
import type * as model_leases_store from "../model/leases/store.js";
import type * as model_live_read from "../model/live/read.js";
import type * as model_machines_audience from "../model/machines/audience.js";
import type * as model_machines_caller from "../model/machines/caller.js";
import type * as model_machines_issue from "../model/machines/issue.js";
import type * as model_machines_jwt from "../model/machines/jwt.js";
import type * as model_machines_list from "../model/machines/list.js";
import type * as model_machines_store from "../model/machines/store.js";
import type * as model_machines_tokens from "../model/machines/tokens.js";
import type * as model_machines_validators from "../model/machines/validators.js";
import type * as model_mail_httpProvider from "../model/mail/httpProvider.js";
import type * as model_mail_list from "../model/mail/list.js";
import type * as model_mail_store from "../model/mail/store.js";
import type * as model_mail_tables from "../model/mail/tables.js";
import type * as model_mail_validators from "../model/mail/validators.js";
import type * as model_media_links from "../model/media/links.js";
import type * as model_media_tables from "../model/media/tables.js";
import type * as model_mirrors_settle from "../model/mirrors/settle.js";
import type * as model_mirrors_validators from "../model/mirrors/validators.js";
import type * as model_mirrors_want from "../model/mirrors/want.js";
import type * as model_mirrors_withdraw from "../model/mirrors/withdraw.js";
import type * as model_mirrors_work from "../model/mirrors/work.js";
import type * as model_payments_customers from "../model/payments/customers.js";
import type * as model_payments_desk from "../model/payments/desk.js";
import type * as model_payments_diagnosis from "../model/payments/diagnosis.js";
import type * as model_payments_factRows from "../model/payments/factRows.js";
import type * as model_payments_failures from "../model/payments/failures.js";
import type * as model_payments_lists from "../model/payments/lists.js";
import type * as model_payments_masking from "../model/payments/masking.js";
import type * as model_payments_origin from "../model/payments/origin.js";
import type * as model_payments_owner from "../model/payments/owner.js";
import type * as model_payments_plans from "../model/payments/plans.js";
import type * as model_payments_rebuild from "../model/payments/rebuild.js";
import type * as model_payments_rebuildState from "../model/payments/rebuildState.js";
import type * as model_payments_receive from "../model/payments/receive.js";
import type * as model_payments_refusals from "../model/payments/refusals.js";
import type * as model_payments_repairs from "../model/payments/repairs.js";
import type * as model_payments_replan from "../model/payments/replan.js";
import type * as model_payments_replay from "../model/payments/replay.js";
import type * as model_payments_settings from "../model/payments/settings.js";
import type * as model_payments_settle from "../model/payments/settle.js";
import type * as model_payments_signatures from "../model/payments/signatures.js";
import type * as model_payments_summaries from "../model/payments/summaries.js";
import type * as model_payments_tables from "../model/payments/tables.js";
import type * as model_payments_trials from "../model/payments/trials.js";
import type * as model_payments_validators from "../model/payments/validators.js";
import type * as model_payments_webhook from "../model/payments/webhook.js";
import type * as model_people_accountMails from "../model/people/accountMails.js";
import type * as model_people_authTables from "../model/people/authTables.js";
import type * as model_people_caller from "../model/people/caller.js";
import type * as model_people_codes from "../model/people/codes.js";
import type * as model_people_deletion from "../model/people/deletion.js";
import type * as model_people_discordProvider from "../model/people/discordProvider.js";
import type * as model_people_emailChange from "../model/people/emailChange.js";
import type * as model_people_erasure from "../model/people/erasure.js";
import type * as model_people_exportData from "../model/people/exportData.js";
import type * as model_people_hashes from "../model/people/hashes.js";
import type * as model_people_hooks from "../model/people/hooks.js";
import type * as model_people_invitations from "../model/people/invitations.js";
import type * as model_people_limits from "../model/people/limits.js";
import type * as model_people_passwordAccounts from "../model/people/passwordAccounts.js";
import type * as model_people_passwordConfirmation from "../model/people/passwordConfirmation.js";
import type * as model_people_passwordCost from "../model/people/passwordCost.js";
import type * as model_people_passwordFlow from "../model/people/passwordFlow.js";
import type * as model_people_passwordProvider from "../model/people/passwordProvider.js";
import type * as model_people_roles from "../model/people/roles.js";
import type * as model_people_sessions from "../model/people/sessions.js";
import type * as model_people_staff from "../model/people/staff.js";
import type * as model_people_tables from "../model/people/tables.js";
import type * as model_people_upsertUser from "../model/people/upsertUser.js";
import type * as model_people_validators from "../model/people/validators.js";
import type * as model_receipts_record from "../model/receipts/record.js";
import type * as model_receipts_rollUp from "../model/receipts/rollUp.js";
import type * as model_receipts_summary from "../model/receipts/summary.js";
import type * as model_receipts_validators from "../model/receipts/validators.js";
import type * as model_routes_shards from "../model/routes/shards.js";
import type * as model_routes_store from "../model/routes/store.js";
import type * as model_setup_seed from "../model/setup/seed.js";
import type * as model_setup_seedCatalogue from "../model/setup/seedCatalogue.js";
import type * as model_signals_knownRows from "../model/signals/knownRows.js";
import type * as model_signals_storedSignal from "../model/signals/storedSignal.js";
import type * as model_signals_validators from "../model/signals/validators.js";
import type * as model_sources_store from "../model/sources/store.js";
import type * as passwordHashes from "../passwordHashes.js";
import type * as payments from "../payments.js";
import type * as receipts from "../receipts.js";
import type * as routes from "../routes.js";
import type * as setup from "../setup.js";
import type * as signIns from "../signIns.js";
import type * as sources from "../sources.js";
import type * as staff from "../staff.js";
import type * as wrappers from "../wrappers.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  access: typeof access;
  accessMatrix: typeof accessMatrix;
  account: typeof account;
  audit: typeof audit;
  auth: typeof auth;
  callers: typeof callers;
  catalogue: typeof catalogue;
  checkout: typeof checkout;
  checkouts: typeof checkouts;
  crons: typeof crons;
  customers: typeof customers;
  desk: typeof desk;
  erasures: typeof erasures;
  feed: typeof feed;
  http: typeof http;
  identities: typeof identities;
  ingest: typeof ingest;
  leases: typeof leases;
  live: typeof live;
  machines: typeof machines;
  mail: typeof mail;
  mailSmtp: typeof mailSmtp;
  media: typeof media;
  mirrors: typeof mirrors;
  "model/access/checks": typeof model_access_checks;
  "model/access/explain": typeof model_access_explain;
  "model/access/grantKeys": typeof model_access_grantKeys;
  "model/access/grants": typeof model_access_grants;
  "model/access/holdings": typeof model_access_holdings;
  "model/access/places": typeof model_access_places;
  "model/access/planChange": typeof model_access_planChange;
  "model/access/recompute": typeof model_access_recompute;
  "model/access/tables": typeof model_access_tables;
  "model/access/timeline": typeof model_access_timeline;
  "model/access/told": typeof model_access_told;
  "model/access/validators": typeof model_access_validators;
  "model/audit/list": typeof model_audit_list;
  "model/audit/record": typeof model_audit_record;
  "model/catalogue/hooks": typeof model_catalogue_hooks;
  "model/catalogue/market": typeof model_catalogue_market;
  "model/catalogue/offers": typeof model_catalogue_offers;
  "model/catalogue/refs": typeof model_catalogue_refs;
  "model/catalogue/replan": typeof model_catalogue_replan;
  "model/catalogue/store": typeof model_catalogue_store;
  "model/catalogue/tables": typeof model_catalogue_tables;
  "model/catalogue/validators": typeof model_catalogue_validators;
  "model/checkout/begin": typeof model_checkout_begin;
  "model/checkout/held": typeof model_checkout_held;
  "model/checkout/limits": typeof model_checkout_limits;
  "model/checkout/ownAccess": typeof model_checkout_ownAccess;
  "model/checkout/store": typeof model_checkout_store;
  "model/checkout/stripeClient": typeof model_checkout_stripeClient;
  "model/checkout/stripeCustomer": typeof model_checkout_stripeCustomer;
  "model/checkout/stripeSession": typeof model_checkout_stripeSession;
  "model/checkout/stripeSessions": typeof model_checkout_stripeSessions;
  "model/checkout/tables": typeof model_checkout_tables;
  "model/checkout/validators": typeof model_checkout_validators;
  "model/checkout/whopCheckout": typeof model_checkout_whopCheckout;
  "model/customers/find": typeof model_customers_find;
  "model/customers/show": typeof model_customers_show;
  "model/environment": typeof model_environment;
  "model/feeds/counter": typeof model_feeds_counter;
  "model/feeds/keys": typeof model_feeds_keys;
  "model/feeds/read": typeof model_feeds_read;
  "model/feeds/shards": typeof model_feeds_shards;
  "model/http/answer": typeof model_http_answer;
  "model/http/ingestRequest": typeof model_http_ingestRequest;
  "model/http/machineExchange": typeof model_http_machineExchange;
  "model/http/mediaRequest": typeof model_http_mediaRequest;
  "model/http/tokenRefusals": typeof model_http_tokenRefusals;
  "model/identities/attach": typeof model_identities_attach;
  "model/identities/claims": typeof model_identities_claims;
  "model/identities/hooks": typeof model_identities_hooks;
  "model/identities/merge": typeof model_identities_merge;
  "model/identities/normalize": typeof model_identities_normalize;
  "model/identities/tables": typeof model_identities_tables;
  "model/identities/validators": typeof model_identities_validators;
  "model/ingest/acceptBatch": typeof model_ingest_acceptBatch;
  "model/ingest/acceptWithToken": typeof model_ingest_acceptWithToken;
  "model/ingest/read": typeof model_ingest_read;
  "model/ingest/replies": typeof model_ingest_replies;
  "model/ingest/rollUp": typeof model_ingest_rollUp;
  "model/ingest/sourceFinder": typeof model_ingest_sourceFinder;
  "model/ingest/tally": typeof model_ingest_tally;
  "model/ingest/throttle": typeof model_ingest_throttle;
  "model/ingest/validators": typeof model_ingest_validators;
  "model/leases/store": typeof model_leases_store;
  "model/live/read": typeof model_live_read;
  "model/machines/audience": typeof model_machines_audience;
  "model/machines/caller": typeof model_machines_caller;
  "model/machines/issue": typeof model_machines_issue;
  "model/machines/jwt": typeof model_machines_jwt;
  "model/machines/list": typeof model_machines_list;
  "model/machines/store": typeof model_machines_store;
  "model/machines/tokens": typeof model_machines_tokens;
  "model/machines/validators": typeof model_machines_validators;
  "model/mail/httpProvider": typeof model_mail_httpProvider;
  "model/mail/list": typeof model_mail_list;
  "model/mail/store": typeof model_mail_store;
  "model/mail/tables": typeof model_mail_tables;
  "model/mail/validators": typeof model_mail_validators;
  "model/media/links": typeof model_media_links;
  "model/media/tables": typeof model_media_tables;
  "model/mirrors/settle": typeof model_mirrors_settle;
  "model/mirrors/validators": typeof model_mirrors_validators;
  "model/mirrors/want": typeof model_mirrors_want;
  "model/mirrors/withdraw": typeof model_mirrors_withdraw;
  "model/mirrors/work": typeof model_mirrors_work;
  "model/payments/customers": typeof model_payments_customers;
  "model/payments/desk": typeof model_payments_desk;
  "model/payments/diagnosis": typeof model_payments_diagnosis;
  "model/payments/factRows": typeof model_payments_factRows;
  "model/payments/failures": typeof model_payments_failures;
  "model/payments/lists": typeof model_payments_lists;
  "model/payments/masking": typeof model_payments_masking;
  "model/payments/origin": typeof model_payments_origin;
  "model/payments/owner": typeof model_payments_owner;
  "model/payments/plans": typeof model_payments_plans;
  "model/payments/rebuild": typeof model_payments_rebuild;
  "model/payments/rebuildState": typeof model_payments_rebuildState;
  "model/payments/receive": typeof model_payments_receive;
  "model/payments/refusals": typeof model_payments_refusals;
  "model/payments/repairs": typeof model_payments_repairs;
  "model/payments/replan": typeof model_payments_replan;
  "model/payments/replay": typeof model_payments_replay;
  "model/payments/settings": typeof model_payments_settings;
  "model/payments/settle": typeof model_payments_settle;
  "model/payments/signatures": typeof model_payments_signatures;
  "model/payments/summaries": typeof model_payments_summaries;
  "model/payments/tables": typeof model_payments_tables;
  "model/payments/trials": typeof model_payments_trials;
  "model/payments/validators": typeof model_payments_validators;
  "model/payments/webhook": typeof model_payments_webhook;
  "model/people/accountMails": typeof model_people_accountMails;
  "model/people/authTables": typeof model_people_authTables;
  "model/people/caller": typeof model_people_caller;
  "model/people/codes": typeof model_people_codes;
  "model/people/deletion": typeof model_people_deletion;
  "model/people/discordProvider": typeof model_people_discordProvider;
  "model/people/emailChange": typeof model_people_emailChange;
  "model/people/erasure": typeof model_people_erasure;
  "model/people/exportData": typeof model_people_exportData;
  "model/people/hashes": typeof model_people_hashes;
  "model/people/hooks": typeof model_people_hooks;
  "model/people/invitations": typeof model_people_invitations;
  "model/people/limits": typeof model_people_limits;
  "model/people/passwordAccounts": typeof model_people_passwordAccounts;
  "model/people/passwordConfirmation": typeof model_people_passwordConfirmation;
  "model/people/passwordCost": typeof model_people_passwordCost;
  "model/people/passwordFlow": typeof model_people_passwordFlow;
  "model/people/passwordProvider": typeof model_people_passwordProvider;
  "model/people/roles": typeof model_people_roles;
  "model/people/sessions": typeof model_people_sessions;
  "model/people/staff": typeof model_people_staff;
  "model/people/tables": typeof model_people_tables;
  "model/people/upsertUser": typeof model_people_upsertUser;
  "model/people/validators": typeof model_people_validators;
  "model/receipts/record": typeof model_receipts_record;
  "model/receipts/rollUp": typeof model_receipts_rollUp;
  "model/receipts/summary": typeof model_receipts_summary;
  "model/receipts/validators": typeof model_receipts_validators;
  "model/routes/shards": typeof model_routes_shards;
  "model/routes/store": typeof model_routes_store;
  "model/setup/seed": typeof model_setup_seed;
  "model/setup/seedCatalogue": typeof model_setup_seedCatalogue;
  "model/signals/knownRows": typeof model_signals_knownRows;
  "model/signals/storedSignal": typeof model_signals_storedSignal;
  "model/signals/validators": typeof model_signals_validators;
  "model/sources/store": typeof model_sources_store;
  passwordHashes: typeof passwordHashes;
  payments: typeof payments;
  receipts: typeof receipts;
  routes: typeof routes;
  setup: typeof setup;
  signIns: typeof signIns;
  sources: typeof sources;
  staff: typeof staff;
  wrappers: typeof wrappers;
}>;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;

export declare const components: {
  rateLimiter: import("@convex-dev/rate-limiter/_generated/component.js").ComponentApi<"rateLimiter">;
};
