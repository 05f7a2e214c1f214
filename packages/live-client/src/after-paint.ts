/** The moment something is on the screen. */

let timesHidden = 0;
let isWatching = false;

/**
 * Calls back once the change that was just made has been painted: after the next frame's callbacks
 * and the task that follows them. A page that is or becomes hidden paints late or never: then the
 * moment would be a lie, and nothing is called.
 */
export function afterPaint(callback: () => void): void {
  watchVisibility();
  if (document.visibilityState === "hidden") return;
  const timesHiddenBefore = timesHidden;
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      if (timesHidden === timesHiddenBefore) callback();
    };
    port2.postMessage(null);
  });
}

function watchVisibility(): void {
  if (isWatching) return;
  isWatching = true;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") timesHidden += 1;
  });
}
