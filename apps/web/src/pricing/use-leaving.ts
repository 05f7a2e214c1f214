/** Going to a provider's page: busy until the browser has left, or refused with a message. */
import { useState } from "react";
import { messageOf } from "../shell/use-answer.ts";

export type Leaving = {
  /** Which of several buttons was pressed, until the page is left. */
  busy: string | null;
  refusal: string | null;
  go: (name: string, ask: () => Promise<{ url: string }>) => void;
};

export function useLeaving(): Leaving {
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const leave = async (ask: () => Promise<{ url: string }>) => {
    try {
      const { url } = await ask();
      window.location.assign(url);
    } catch (error) {
      setRefusal(messageOf(error));
      setBusy(null);
    }
  };
  const go: Leaving["go"] = (name, ask) => {
    setBusy(name);
    setRefusal(null);
    void leave(ask);
  };
  return { busy, refusal, go };
}
