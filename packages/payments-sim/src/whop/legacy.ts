/** Whop's legacy webhooks, version v5: other names, seconds instead of ISO times, `action` instead of `type`. */
import { type Event, isMembership, type Membership } from "./objects.ts";

const ACTIONS: Record<string, string> = {
  "membership.activated": "membership.went_valid",
  "membership.deactivated": "membership.went_invalid",
  "membership.cancel_at_period_end_changed": "membership.cancel_at_period_end_changed",
  "membership.updated": "membership.metadata_updated",
};

/** Undefined when v5 has no such event. */
export function legacyBody(event: Event): { action: string; body: string } | undefined {
  const action = event.type.startsWith("payment.") ? event.type : ACTIONS[event.type];
  if (action === undefined) return undefined;
  const data = isMembership(event.data) ? legacyMembership(event.data) : event.data;
  return { action, body: JSON.stringify({ api_version: "v5", action, data }) };
}

function legacyMembership(membership: Membership) {
  const seconds = (time: string | null) =>
    time === null ? null : Math.floor(Date.parse(time) / 1000);
  return {
    id: membership.id,
    ...{ product_id: membership.product.id, plan_id: membership.plan.id },
    ...{
      user_id: membership.user.id,
      company_id: membership.company.id,
      page_id: membership.company.id,
    },
    ...{ email: membership.user.email, status: membership.status, metadata: membership.metadata },
    valid: ["trialing", "active", "past_due", "completed", "canceling"].includes(membership.status),
    cancel_at_period_end: membership.cancel_at_period_end,
    created_at: seconds(membership.created_at),
    expires_at: seconds(membership.renewal_period_end),
    renewal_period_start: seconds(membership.renewal_period_start),
    renewal_period_end: seconds(membership.renewal_period_end),
    ...{ quantity: 1, license_key: membership.license_key, discord: null, wallet_address: null },
    user: { ...membership.user, social_accounts: [] },
    checkout_id: membership.checkout_configuration_id,
  };
}
