/** Leaves for Discord to sign in there, or says why that was refused. */
import { Button } from "../primitives/button.tsx";
import { Strip } from "../primitives/notice.tsx";
import { useDeed } from "./use-deed.ts";

export function DiscordButton({ onPress }: { onPress: () => Promise<unknown> }) {
  const { run, busy, refusal } = useDeed();
  return (
    <>
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
      <div>
        <Button busy={busy} onClick={() => void run(onPress)}>
          Continue with Discord
        </Button>
      </div>
    </>
  );
}
