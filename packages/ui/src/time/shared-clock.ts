/**
 * One clock for the whole page: whoever shows "2m ago" listens here, and is rendered again only
 * when its own text changed. Ticks once a second while somebody listens and the page is visible.
 * It shows the server's time where that is known: signals carry the server's moments, and a
 * machine an hour ahead would read "1h ago" under a post of now.
 */
type Listener = () => void;

const TICK_MS = 1000;
const listeners = new Set<Listener>();
let timer: ReturnType<typeof setInterval> | undefined;
let offsetMs = 0;
let nowMs = Date.now();

/** What to add to this machine's clock from now on; seen at once. */
export function correctSharedClock(correctionMs: number): void {
  offsetMs = correctionMs;
  if (listeners.size > 0) tick();
}

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
  nowMs = Date.now() + offsetMs;
  timer = setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
}

function stop(): void {
  clearInterval(timer);
  document.removeEventListener("visibilitychange", tick);
}

function tick(): void {
  if (document.hidden) return;
  nowMs = Date.now() + offsetMs;
  for (const listener of listeners) listener();
}
