/** Loads more when the end of the list comes near. */
import { type RefObject, useEffect, useRef } from "react";

const NEAR = "800px"; // about a screen ahead: older signals are there before the reader is

/** Put the ref on what stands at the end; `onNear` is called each time it comes near. */
export function useEndReached(
  hasMore: boolean,
  onNear: () => void,
): RefObject<HTMLDivElement | null> {
  const endRef = useRef<HTMLDivElement>(null);
  const latest = useRef(onNear);
  useEffect(() => {
    latest.current = onNear;
  });
  useEffect(() => {
    if (!hasMore || endRef.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        // Not before the reader has begun to scroll: a short list is no request for more.
        if (entry?.isIntersecting === true && window.scrollY > 0) latest.current();
      },
      { rootMargin: NEAR },
    );
    observer.observe(endRef.current);
    return () => observer.disconnect();
  }, [hasMore]);
  return endRef;
}
