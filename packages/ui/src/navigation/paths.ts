/**
 * Which view stands at which path of a page: each view has one, and a slash at the
 * end does not matter. The rest is the browser's history.
 */
import { useSyncExternalStore } from "react";

export interface Paths<View extends string> {
  /** The view at a path; null where there is none. */
  viewAt(pathname: string): View | null;
  /** The path of a view. */
  pathOf(view: View): string;
}

/** The paths of a page's views, each of which leads back to its view. */
export function makePaths<View extends string>(paths: Readonly<Record<View, string>>): Paths<View> {
  const isView = (name: string): name is View => Object.hasOwn(paths, name);
  const views = new Map<string, View>();
  for (const name of Object.keys(paths)) if (isView(name)) views.set(paths[name], name);
  return {
    viewAt: (pathname) =>
      views.get(pathname.length > 1 ? pathname.replace(/\/+$/, "") : pathname) ?? null,
    pathOf: (view) => paths[view],
  };
}

/**
 * Goes to an address of this page without loading it anew; the browser's back button returns, unless the
 * address takes the place of the one that is open.
 */
export function navigate(address: string, { replaces = false } = {}): void {
  const { pathname, search, hash } = window.location;
  if (address === pathname + search + hash) return;
  if (replaces) window.history.replaceState(null, "", address);
  else window.history.pushState(null, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
  window.scrollTo(0, 0);
}

/** The path that is open now. */
export function usePathname(): string {
  return useSyncExternalStore(onMove, () => window.location.pathname);
}

/** The parameters after the `?` of the address that is open now. */
export function useSearch(): URLSearchParams {
  const search = useSyncExternalStore(onMove, () => window.location.search);
  return new URLSearchParams(search);
}

function onMove(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  return () => window.removeEventListener("popstate", listener);
}
