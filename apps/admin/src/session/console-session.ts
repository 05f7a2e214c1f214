/**
 * What lives as long as the console's page: the client, who it is signed in as, the measuring.
 *
 * A console is opened with a machine token in its link, or, without one, by a person of the staff
 * who signs in with Convex Auth (StaffGate). Then the phase stays `noToken` and the gate tells the role.
 *
 *   noToken -> signingIn -> signedIn -> ended (revoked or expired, said by the backend)
 *                  |-> refused (the site said no)     |-> unreachable (asked again by itself)
 *
 * The machine token stays in this tab's sessionStorage; the client only ever gets the JWT.
 */
import {
  dropFragmentSecret,
  type Measuring,
  type Sample,
  startMeasuring,
  takeFragmentSecret,
  thisPage,
} from "@heliograph/live-client";
import { correctSharedClock } from "@heliograph/ui";
import { ConvexReactClient } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api, DEPLOYMENT_URL, SITE_URL } from "../backend.ts";
import { exchangeToken } from "./token-exchange.ts";

export type StaffRole = NonNullable<
  Extract<FunctionReturnType<typeof api.staff.me>, { state: "current" }>["role"]
>;

const SECRET = "token";
const RETRY_MS = 3000; // a person is waiting; the site is one request away

export type SignIn =
  | { phase: "noToken" }
  | { phase: "signingIn" }
  | { phase: "unreachable" }
  | { phase: "signedIn"; name: string; machineId: string | null }
  | { phase: "refused"; code: string; message: string };

export class ConsoleSession {
  readonly client = new ConvexReactClient(DEPLOYMENT_URL);
  readonly measuring: Measuring;
  readonly #listeners = new Set<() => void>();
  #state: SignIn = { phase: "noToken" };
  #token: string | null = null;
  #staff: StaffRole | null = null;

  constructor() {
    const send = async (samples: Sample[]) => {
      if (this.#state.phase !== "signedIn" && this.#staff === null) return;
      await this.client.mutation(api.receipts.reportConsole, { samples });
    };
    this.measuring = startMeasuring({
      client: this.client,
      siteUrl: SITE_URL,
      send,
      onClockOffset: correctSharedClock,
    });
    this.#takeToken();
    window.addEventListener("hashchange", () => {
      if (!window.location.hash.startsWith(`#${SECRET}=`)) return;
      // The client is the signed-in person's: a page of its own for the machine.
      if (this.#state.phase === "noToken") window.location.reload();
      else this.#takeToken();
    });
  }

  /** The same object until it changes. */
  readonly signIn = (): SignIn => this.#state;

  /** Calls back after each change; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A person of the staff has signed in with that role, or signed out (null). */
  staffIs(role: StaffRole | null): void {
    this.#staff = role;
  }

  /** A query answered that this machine's token has ended. The site says whether it was revoked. */
  async ended(): Promise<void> {
    if (this.#state.phase === "refused" || this.#token === null) return;
    const answer = await exchangeToken(SITE_URL, this.#token);
    this.#end(
      answer.outcome === "refused"
        ? answer
        : { code: "revoked_token", message: "This console's access has ended." },
    );
  }

  #takeToken(): void {
    this.#token = takeFragmentSecret(SECRET, thisPage());
    if (this.#token === null) return;
    this.#become({ phase: "signingIn" });
    // Not the page's own confirmation: what counts is what the exchange and the queries answer.
    this.client.setAuth(() => this.#fetchJwt());
  }

  async #fetchJwt(): Promise<string | null> {
    for (;;) {
      const machineToken = this.#token;
      if (machineToken === null) return null;
      const answer = await exchangeToken(SITE_URL, machineToken);
      if (machineToken !== this.#token) continue; // another link was opened meanwhile
      if (answer.outcome === "granted") {
        this.#become({ phase: "signedIn", name: answer.name, machineId: answer.machineId });
        return answer.token;
      }
      if (answer.outcome === "refused") {
        this.#end(answer);
        return null;
      }
      if (this.#state.phase === "signingIn") this.#become({ phase: "unreachable" });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #end({ code, message }: { code: string; message: string }): void {
    this.#token = null;
    dropFragmentSecret(SECRET, thisPage());
    this.client.clearAuth();
    this.#become({ phase: "refused", code, message });
  }

  #become(state: SignIn): void {
    const same =
      state.phase === "signedIn" &&
      this.#state.phase === "signedIn" &&
      state.name === this.#state.name &&
      state.machineId === this.#state.machineId;
    if (same) return; // a refreshed token changes nothing on the page
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
