/** The tab's title counts what has not been seen. */
import { useEffect } from "react";

const TITLE = "Live feed · Heliograph";

export function usePageTitle(unseen: number): void {
  useEffect(() => {
    document.title = unseen === 0 ? TITLE : `(${unseen}) ${TITLE}`;
  }, [unseen]);
}
