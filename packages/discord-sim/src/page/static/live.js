// @ts-check
/**
 * The stream of what happens. The browser reconnects by itself; each time it is
 * connected again, `onConnected` reads what may have been missed.
 */
import { byId } from "./dom.js";

/**
 * @typedef {object} LiveHandlers
 * @property {() => void} onConnected also after every reconnection
 * @property {() => void} onDirectory
 * @property {(message: import("./message-view.js").Message) => void} onMessage
 * @property {(deleted: { channelId: string, messageIds: string[] }) => void} onDeleted
 * @property {(typing: { channelId: string, userId: string }) => void} onTyping
 */

const TEXTS = { connecting: "Connecting…", live: "Live", lost: "Connection lost, trying again…" };

/** @param {LiveHandlers} handlers */
export function listen(handlers) {
  const source = new EventSource("/sim/events");
  /** @type {(name: string, handle: (data: any) => void) => void} */
  const on = (name, handle) =>
    source.addEventListener(name, (event) =>
      handle(JSON.parse(/** @type {MessageEvent} */ (event).data)),
    );
  on("hello", () => {
    showConnection("live");
    handlers.onConnected();
  });
  on("directory", handlers.onDirectory);
  on("message", handlers.onMessage);
  on("deleted", handlers.onDeleted);
  on("typing", handlers.onTyping);
  source.addEventListener("error", () => showConnection("lost"));
}

/** @param {keyof typeof TEXTS} state */
export function showConnection(state) {
  const place = byId("connection");
  if (place.dataset.state === state) return; // said once, not again at every attempt
  place.dataset.state = state;
  place.textContent = TEXTS[state];
}
