/**
 * What Discord sent along with the browser: read once, before anything else on the page sees the address, and
 * removed from it. It is kept nowhere: a page that is loaded anew has nothing to finish.
 */
import { pathOf } from "../shell/paths.ts";

export interface ReturnPage {
  readonly location: Pick<Location, "pathname" | "search">;
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
}

/** The answer, or `denied`: the person did not agree. */
export type LinkReturn = { state: "denied" } | { state: "answered"; answer: LinkAnswer };

/** A code and a state, to be brought to the backend once, however often the page is drawn. */
export class LinkAnswer {
  readonly #code: string;
  readonly #state: string;
  #finished: Promise<{ returnTo: string }> | null = null;

  constructor(code: string, state: string) {
    this.#code = code;
    this.#state = state;
  }

  finish(
    complete: (answer: { code: string; state: string }) => Promise<{ returnTo: string }>,
  ): Promise<{ returnTo: string }> {
    this.#finished ??= complete({ code: this.#code, state: this.#state });
    return this.#finished;
  }
}

/** Null on every other page, and where nothing came along. */
export function takeLinkReturn({ location, history }: ReturnPage): LinkReturn | null {
  const path = pathOf("linkDiscord");
  if (location.pathname.replace(/\/+$/, "") !== path || location.search === "") return null;
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", path);
  if (query.has("error")) return { state: "denied" };
  return {
    state: "answered",
    answer: new LinkAnswer(query.get("code") ?? "", query.get("state") ?? ""),
  };
}
