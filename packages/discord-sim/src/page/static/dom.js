// @ts-check
/**
 * Makes elements. Text only ever becomes text nodes, and addresses only http(s)
 * ones, so nothing that somebody posted can become markup or script.
 */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | null | undefined | ((event: Event) => void)>} [props]
 *   functions are listeners by event name; `true` is an empty attribute; null and false leave it out
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "string") element.setAttribute(name, value);
    else if (value === true) element.setAttribute(name, "");
  }
  element.append(...children.filter(isPresent));
  return element;
}

/**
 * @param {Child} child
 * @returns {child is Node | string}
 */
function isPresent(child) {
  return child !== null && child !== undefined && child !== false;
}

/**
 * The address if a browser may follow it, else null.
 * @param {unknown} url
 * @returns {string | null}
 */
export function safeUrl(url) {
  return typeof url === "string" && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null;
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element "${id}"`);
  return element;
}
