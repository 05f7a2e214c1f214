/** Secrets that came in a link's fragment: read once, and taken out of the address. */

/** The parameters after the `#`, which is emptied: neither history nor a copied address keeps them. */
export function takeFragment(): URLSearchParams {
  const { pathname, search, hash } = window.location;
  if (hash !== "") window.history.replaceState(window.history.state, "", pathname + search);
  return new URLSearchParams(hash.slice(1));
}
