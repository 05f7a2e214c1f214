/** History routing in the little that four views need. */
import { useSyncExternalStore } from "react";

export type View = "live" | "latency" | "sources" | "machines";

const PATHS: Record<View, string> = {
  live: "/",
  latency: "/latency",
  sources: "/sources",
  machines: "/machines",
};

/** The view at a path; null where there is none. A slash at the end does not matter. */
export function viewAt(pathname: string): View | null {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, "") : pathname;
  const found = Object.entries(PATHS).find(([, known]) => known === path);
  return found === undefined ? null : toView(found[0]);
}

/** The address of a view. */
export function pathOf(view: View): string {
  return PATHS[view];
}

/** Goes to a path of this page without loading it anew; the browser's back button returns. */
export function navigate(path: string): void {
  if (path === window.location.pathname) return;
  window.history.pushState(null, "", path);
  window.dispatchEvent(new PopStateEvent("popstate"));
  window.scrollTo(0, 0);
}

/** The view to show now. */
export function useView(): View | null {
  const pathname = useSyncExternalStore(onMove, () => window.location.pathname);
  return viewAt(pathname);
}

function toView(name: string): View | null {
  return name === "live" || name === "latency" || name === "sources" || name === "machines"
    ? name
    : null;
}

function onMove(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  return () => window.removeEventListener("popstate", listener);
}
