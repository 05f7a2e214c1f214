/** Which signals arrived while the console was open, and how long each took to be painted. */
import { useEffect, useRef, useState } from "react";
import type { LiveSignal } from "../backend.ts";
import { useSession } from "../session/use-console-query.ts";

type Sightings = { arrived: ReadonlySet<string>; delaysMs: ReadonlyMap<string, number> };

/**
 * Measures each signal once, when it is first among `signals`. Those there at first are not new,
 * nor are older ones that come in because more are asked for.
 */
export function useSightings(signals: readonly LiveSignal[]): Sightings {
  const { sight } = useSession().measuring;
  const known = useRef<Known | null>(null);
  const [seen, setSeen] = useState<Sightings>({ arrived: new Set(), delaysMs: new Map() });
  useEffect(() => {
    const before = known.current;
    known.current = knownOf(signals);
    if (before === null) return;
    const fresh = signals.filter(
      ({ signalId, stamps }) =>
        !before.ids.has(signalId) && stamps.committedAtMs >= before.oldestMs,
    );
    if (fresh.length === 0) return;
    const ids = fresh.map(({ signalId }) => signalId);
    setSeen((old) => ({ ...old, arrived: new Set([...old.arrived, ...ids]) }));
    for (const { signalId, stamps } of fresh) {
      sight.appeared(stamps, (delayMs) =>
        setSeen((old) => ({ ...old, delaysMs: new Map(old.delaysMs).set(signalId, delayMs) })),
      );
    }
  }, [signals, sight]);
  return seen;
}

type Known = { ids: ReadonlySet<string>; oldestMs: number };

function knownOf(signals: readonly LiveSignal[]): Known {
  return {
    ids: new Set(signals.map(({ signalId }) => signalId)),
    oldestMs:
      signals.length === 0 ? 0 : Math.min(...signals.map(({ stamps }) => stamps.committedAtMs)),
  };
}
