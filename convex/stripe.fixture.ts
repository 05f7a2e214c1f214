/**
 * A stand-in for Stripe's API behind `fetch`, as far as checkouts need it: sessions, their end, idempotency
 * keys, the portal, and answers that are lost. The official library speaks to it. Whop's configurations, too.
 */

interface Session {
  readonly id: string;
  readonly url: string;
  status: "open" | "complete" | "expired";
  readonly expires_at: number;
  readonly params: URLSearchParams;
}

type Answer = { readonly status: number; readonly body: object };

const HOST = "http://127.0.0.1:1";

export class FakeStripe {
  readonly sessions: Session[] = [];
  readonly requests: string[] = [];
  readonly portals: URLSearchParams[] = [];
  /** What Whop was asked for. */
  readonly configurations: unknown[] = [];
  /** The next answers that get lost after the work was done. */
  loseAnswers = 0;
  /** Customers that were deleted. */
  readonly goneCustomers = new Set<string>();
  /** What is answered instead of doing anything. */
  refusal: Answer | null = null;
  readonly #kept = new Map<string, { params: string; answer: Answer }>();

  readonly fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input));
    if (url.origin !== HOST) throw new TypeError(`Nothing is at ${url.origin}`);
    this.requests.push(`${init.method} ${url.pathname}`);
    if (url.pathname.startsWith("/whop/")) return this.#configure(String(init.body));
    const params = new URLSearchParams(String(init.body ?? ""));
    const { status, body } = this.#once(new Headers(init.headers), params, () =>
      this.#answer(`${init.method} ${url.pathname}`, params),
    );
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      throw new TypeError("the connection was closed");
    }
    return Response.json(body, { status });
  };

  #configure(body: string): Response {
    this.configurations.push(JSON.parse(body));
    const id = `ch_${this.configurations.length}`;
    return Response.json({ id, purchase_url: `https://whop.test/${id}` });
  }

  #once(headers: Headers, params: URLSearchParams, work: () => Answer): Answer {
    const key = headers.get("idempotency-key");
    const kept = key === null ? undefined : this.#kept.get(key);
    if (kept !== undefined) {
      return kept.params === params.toString()
        ? kept.answer
        : failure(400, "idempotency_error", "Keys for idempotent requests are for one request.");
    }
    const answer = work();
    if (key !== null) this.#kept.set(key, { params: params.toString(), answer });
    return answer;
  }

  #answer(request: string, params: URLSearchParams): Answer {
    if (this.refusal !== null) return this.refusal;
    if (request === "POST /v1/checkout/sessions") return this.#create(params);
    if (request === "POST /v1/billing_portal/sessions") {
      const customer = params.get("customer") ?? "";
      if (this.goneCustomers.has(customer)) return noCustomer(customer);
      this.portals.push(params);
      return { status: 200, body: { id: "bps_1", url: "https://billing.test/bps_1" } };
    }
    const [, id, verb] = /sessions\/(\w+)(\/expire)?$/.exec(request) ?? [];
    const session = this.sessions.find((known) => known.id === id);
    if (session === undefined) return failure(404, "resource_missing", "No such session");
    if (verb !== undefined) {
      if (session.status !== "open") return failure(400, "resource_missing", "It is not open");
      session.status = "expired";
    }
    return { status: 200, body: shown(session) };
  }

  #create(params: URLSearchParams): Answer {
    const customer = params.get("customer");
    if (customer !== null && this.goneCustomers.has(customer)) {
      return noCustomer(customer);
    }
    const id = `cs_test_${this.sessions.length + 1}`;
    const expires_at = Math.floor(Date.now() / 1_000) + 24 * 3_600;
    const session: Session = {
      id,
      url: `https://pay.test/${id}`,
      status: "open",
      expires_at,
      params,
    };
    this.sessions.push(session);
    return { status: 200, body: shown(session) };
  }
}

function shown({ params: _, ...session }: Session): object {
  return { object: "checkout.session", ...session };
}

function noCustomer(customer: string): Answer {
  return failure(400, "resource_missing", `No such customer: '${customer}'`, "customer");
}

function failure(status: number, code: string, message: string, param?: string): Answer {
  return { status, body: { error: { type: "invalid_request_error", code, message, param } } };
}
