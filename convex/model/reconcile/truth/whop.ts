/**
 * Whop's truth, by its API v1: memberships, payments, refunds and disputes, each list followed by its cursors.
 */
import { findEnvironment, getEnvironment } from "../../environment.ts";
import { ownAccount } from "../../payments/settings.ts";
import type { Statement } from "../validators.ts";
import { ask, field, isoMs, items, type Question } from "./ask.ts";
import { type List, readPageOf, statement, type TruthPage } from "./page.ts";

const LIMIT = "100";
const ADDRESS = "https://api.whop.com/api/v1";
const OVER = ["canceled", "expired"];
const OPEN = ["needs_response", "under_review", "warning_needs_response", "warning_under_review"];

/** Reads a page. Throws `RefusedAnswer`, or what `fetch` throws. */
export async function readWhopPage(cursor: string | null): Promise<TruthPage> {
  return await readPageOf(
    {
      memberships: list("/memberships", membershipSays),
      payments: list("/payments", paymentSays),
      refunds: list("/refunds", refundSays),
      disputes: list("/disputes", disputeSays),
    },
    cursor,
  );
}

function list(path: string, says: (object: unknown) => readonly Statement[]): List {
  return async (after) => {
    const query = { first: LIMIT, after, company_id: ownAccount("whop") };
    const page = await ask(whopQuestion(), path, query);
    const info = field(page, "page_info");
    const end = field(info, "end_cursor");
    const hasMore = field(info, "has_next_page") === true && typeof end === "string";
    return {
      statements: items(field(page, "data")).flatMap(says),
      after: hasMore ? String(end) : null,
    };
  };
}

/** Where and with which key Whop is asked. */
export function whopQuestion(): Question {
  const base = findEnvironment("HELIOGRAPH_WHOP_API_URL") ?? ADDRESS;
  return { base, key: getEnvironment("HELIOGRAPH_WHOP_API_KEY") };
}

function membershipSays(membership: unknown): Statement[] {
  const isOver = OVER.includes(String(field(membership, "status")));
  const type = isOver ? "membership.deactivated" : "membership.updated";
  const changedAt =
    isoMs(field(membership, "updated_at")) ?? isoMs(field(membership, "created_at"));
  return [statement(type, membership, changedAt)];
}

/** As it was when it was paid, or first declined; what went back since is told by the refunds. */
function paymentSays(payment: unknown): Statement[] {
  const told = { ...Object(payment), refunded_amount: 0, refunded_at: null };
  const paidAt = isoMs(field(payment, "paid_at"));
  if (paidAt !== null) return [statement("payment.succeeded", told, paidAt)];
  const declined = Number(field(payment, "payments_failed") ?? 0) > 0;
  const createdAt = isoMs(field(payment, "created_at"));
  return declined ? [statement("payment.failed", told, createdAt)] : [];
}

function refundSays(refund: unknown): Statement[] {
  return [statement("refund.created", refund, isoMs(field(refund, "created_at")))];
}

function disputeSays(dispute: unknown): Statement[] {
  const isOpen = OPEN.includes(String(field(dispute, "status")));
  const type = isOpen ? "dispute.created" : "dispute.updated";
  return [statement(type, dispute, isoMs(field(dispute, "created_at")))];
}
