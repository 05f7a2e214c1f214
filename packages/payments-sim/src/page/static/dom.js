// @ts-check
/** Makes elements. Text only ever becomes text nodes, so nothing that came from outside can become markup. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @param {string} tag
 * @param {Record<string, string | boolean | ((event: Event) => void)>} [props] functions are listeners by event name
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
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

/**
 * @param {string} id
 * @returns {HTMLFormElement}
 */
export function formById(id) {
  const form = byId(id);
  if (!(form instanceof HTMLFormElement)) throw new Error(`"${id}" is no form`);
  return form;
}
