/** One button's mutation: busy, done, or refused with a message to show. */
import { useState } from "react";
import { codeOf, messageOf } from "./use-console-query.ts";

export type Deed = {
  busy: boolean;
  /** The last refusal, until the next try. */
  refusal: { code: string | null; message: string } | null;
  /** Runs it; true when it was done. */
  run: (act: () => Promise<unknown>) => Promise<boolean>;
  /** Forgets the last refusal. */
  reset: () => void;
};

export function useDeed(): Deed {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Deed["refusal"]>(null);
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setRefusal(null);
    try {
      await act();
      return true;
    } catch (error) {
      setRefusal({ code: codeOf(error), message: messageOf(error) });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run, reset: () => setRefusal(null) };
}
