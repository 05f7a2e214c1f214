// @ts-check
/** The page: keeps one column per open channel and hands each event to its column. */
import { Column } from "./column.js";
import { Directory } from "./directory.js";
import { byId, el } from "./dom.js";
import { listen, showConnection } from "./live.js";

const GATHER_MS = 150;

/** @type {Map<string, Column>} */
const columns = new Map();
const directory = new Directory(showColumns);

/** Adds and removes columns so that exactly the open channels stand there, in order. */
function showColumns() {
  for (const [id, column] of columns) {
    if (directory.open.includes(id)) continue;
    column.element.remove();
    columns.delete(id);
  }
  const shown = directory.open.map((id) => columns.get(id) ?? openColumn(id));
  const place = byId("columns");
  const nothing = el(
    "p",
    { class: "empty" },
    "No channel is open. Choose one from the list of channels.",
  );
  const wanted = shown.length > 0 ? shown.map(({ element }) => element) : [nothing];
  // Elements that stay are not moved: moving would lose focus and scroll position.
  for (const child of [...place.children])
    if (!wanted.includes(/** @type {HTMLElement} */ (child))) child.remove();
  for (const element of wanted) if (element.parentElement !== place) place.append(element);
}

/** @param {string} channelId */
function openColumn(channelId) {
  const column = new Column(channelId, directory);
  columns.set(channelId, column);
  void column.load();
  return column;
}

/** After a (re)connection everything may have changed. */
async function readAll() {
  try {
    const before = [...columns.values()];
    await directory.load();
    await Promise.all(before.map((column) => column.load()));
  } catch {
    showConnection("lost");
  }
}

let isReading = false;

/** Many changes at once, as when roles are synced, are read together. */
function readDirectorySoon() {
  if (isReading) return;
  isReading = true;
  setTimeout(() => {
    isReading = false;
    void directory.load().catch(() => showConnection("lost"));
  }, GATHER_MS);
}

if (window.matchMedia("(max-width: 48rem)").matches) byId("directory").removeAttribute("open");

listen({
  onConnected: () => void readAll(),
  onDirectory: readDirectorySoon,
  onMessage: (message) => columns.get(message.channel_id)?.upsert(message),
  onDeleted: ({ channelId, messageIds }) => columns.get(channelId)?.removeAll(messageIds),
  onTyping: ({ channelId, userId }) => columns.get(channelId)?.typing(userId),
});
