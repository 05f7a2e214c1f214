/** Goes to Discord's consent; it comes back to the link page, which comes back here. */
import { Button, Stack, Strip } from "@heliograph/ui";
import { useAction } from "convex/react";
import { api } from "../backend.ts";
import { useLeaving } from "../pricing/use-leaving.ts";
import { pathOf } from "../shell/paths.ts";

type LinkButtonProps = { label: string; tone?: "solid" | "quiet" };

export function LinkButton({ label, tone = "quiet" }: LinkButtonProps) {
  const begin = useAction(api.discord.beginLink);
  const { busy, refusal, go } = useLeaving();
  const returnTo = pathOf("account");
  return (
    <Stack gap="tight">
      {refusal !== null && <Strip tone="bad">{refusal}</Strip>}
      <div>
        <Button
          tone={tone}
          busy={busy !== null}
          onClick={() => go("discord", () => begin({ returnTo }))}
        >
          {label}
        </Button>
      </div>
    </Stack>
  );
}
