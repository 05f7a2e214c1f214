// @ts-check
/**
 * Keeps table rows in step with a list. A row that says the same stays the same
 * element; one that changed keeps what was chosen in it, and the focus.
 */

/** @type {WeakMap<Element, { key: string, text: string }>} */
const known = new WeakMap();

/**
 * @param {HTMLElement} body
 * @param {readonly (readonly [string, unknown, () => HTMLElement])[]} wanted key, what it says, how to make it
 */
export function showRows(body, wanted) {
  const before = new Map([...body.children].map((row) => [known.get(row)?.key, row]));
  const rows = wanted.map(([key, value, make]) => {
    const text = JSON.stringify(value);
    const old = before.get(key);
    if (old !== undefined && known.get(old)?.text === text) return old;
    const row = make();
    known.set(row, { key, text });
    if (old !== undefined) takeOver(old, row);
    return row;
  });
  for (const row of body.children) if (!rows.includes(row)) row.remove();
  for (const [index, row] of rows.entries())
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
}

/**
 * @param {Element} old
 * @param {HTMLElement} row
 */
function takeOver(old, row) {
  const from = old.querySelector("select");
  const to = row.querySelector("select");
  if (from !== null && to !== null && hasOption(to, from.value)) to.value = from.value;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  if (focused === null) return;
  old.replaceWith(row);
  const place = row.querySelector(focused.tagName.toLowerCase());
  if (place instanceof HTMLElement) place.focus();
}

/**
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
function hasOption(select, value) {
  return [...select.options].some((option) => option.value === value);
}
