/** Secrets that came in a link's fragment: read once, and taken out of the address. */
import { useEffect, useState } from "react";

/** A link that was opened: `serial` is another one each time, also for the same link again. */
type OpenedLink = { params: URLSearchParams; serial: number };

/**
 * The link that this page was opened with, or the newest of those that were opened in its tab since: then the
 * browser only changes the fragment. Another fragment than one with `name` in it is left alone.
 */
export function useOpenedLink(name: string): OpenedLink {
  const [opened, setOpened] = useState(() => ({ params: takeFragment(), serial: 0 }));
  useEffect(() => {
    const onOpened = () => {
      if (!new URLSearchParams(window.location.hash.slice(1)).has(name)) return;
      const params = takeFragment();
      setOpened(({ serial }) => ({ params, serial: serial + 1 }));
    };
    window.addEventListener("hashchange", onOpened);
    return () => window.removeEventListener("hashchange", onOpened);
  }, [name]);
  return opened;
}

/** The parameters after the `#`, which is emptied: neither history nor a copied address keeps them. */
function takeFragment(): URLSearchParams {
  const { pathname, search, hash } = window.location;
  if (hash !== "") window.history.replaceState(window.history.state, "", pathname + search);
  return new URLSearchParams(hash.slice(1));
}
