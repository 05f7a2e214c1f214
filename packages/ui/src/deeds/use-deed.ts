/** What a button or a form does on the server: busy, done, or refused with a message to show. */
import { useState } from "react";

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

/** What a person reads of an error: the backend's own message where it gave one. */
export function messageOf(error: unknown): string {
  const data = dataOf(error);
  if (data !== null && "message" in data) return String(data.message);
  return error instanceof Error ? error.message : String(error);
}

/** The stable code of a refusal, or null for any other error. */
export function codeOf(error: unknown): string | null {
  const data = dataOf(error);
  return data !== null && "code" in data ? String(data.code) : null;
}

function dataOf(error: unknown): object | null {
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : null;
  return typeof data === "object" ? data : null;
}
