/**
 * Secrets that come in the address's fragment (`#keys=…`, `#token=…`).
 *
 * A fragment is never sent to a server, but it stays in the history and in what people copy: so it
 * is read once, moved into this tab's sessionStorage, and removed from the address.
 */
export type FragmentPage = {
  location: { hash: string; pathname: string; search: string };
  history: { state: unknown; replaceState(data: unknown, unused: string, url: string): void };
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
};

/**
 * The secret called `name`: the one in the fragment if there is one (it is then moved), else the
 * one this tab holds, else null. May be called again after a `hashchange`.
 */
export function takeFragmentSecret(name: string, page: FragmentPage): string | null {
  const given = new URLSearchParams(page.location.hash.slice(1)).get(name);
  if (given === null || given === "") return page.storage.getItem(storageKey(name));
  page.storage.setItem(storageKey(name), given);
  const { pathname, search } = page.location;
  page.history.replaceState(page.history.state, "", `${pathname}${search}`);
  return given;
}

/** Forgets the secret of this tab, e.g. when it was refused for good. */
export function dropFragmentSecret(name: string, page: Pick<FragmentPage, "storage">): void {
  page.storage.removeItem(storageKey(name));
}

/** This tab's own page. */
export function thisPage(): FragmentPage {
  return { location: window.location, history: window.history, storage: window.sessionStorage };
}

function storageKey(name: string): string {
  return `heliograph.${name}`;
}
