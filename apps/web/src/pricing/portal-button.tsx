/** Opens Stripe's customer portal: invoices, cards, changing and cancelling. */
import { Button, Stack, Strip } from "@heliograph/ui";
import { useAction } from "convex/react";
import { api } from "../backend.ts";
import { useLeaving } from "./use-leaving.ts";

export function PortalButton({ label }: { label: string }) {
  const open = useAction(api.checkout.portal);
  const { busy, refusal, go } = useLeaving();
  return (
    <Stack gap="tight">
      <div>
        <Button busy={busy !== null} onClick={() => go("portal", () => open({}))}>
          {label}
        </Button>
      </div>
      {refusal !== null && <Strip tone="bad">{refusal}</Strip>}
    </Stack>
  );
}
