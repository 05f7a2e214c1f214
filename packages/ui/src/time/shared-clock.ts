/**
 * One clock for the whole page: whoever shows "2m ago" listens here, and is rendered again only
 * when its own text changed. Ticks once a second while somebody listens and the page is visible.
 */
type Listener = () => void;

const TICK_MS = 1000;
const listeners = new Set<Listener>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

/** The moment of the last tick, in ms. Stable between ticks. */
export function sharedNowMs(): number {
  return nowMs;
}

/** Calls back after each tick; returns the way to stop. */
export function onTick(listener: Listener): () => void {
  if (listeners.size === 0) start();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) stop();
  };
}

function start(): void {
  nowMs = Date.now();
  timer = setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
}

function stop(): void {
  clearInterval(timer);
  document.removeEventListener("visibilitychange", tick);
}

function tick(): void {
  if (document.hidden) return;
  nowMs = Date.now();
  for (const listener of listeners) listener();
}
