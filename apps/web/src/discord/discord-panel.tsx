/** One's Discord account: linked or not, and what it is in because of the plan. */
import {
  Button,
  ConfirmDialog,
  Panel,
  Quiet,
  Row,
  SkeletonBlock,
  Stack,
  Strip,
  useDeed,
} from "@heliograph/ui";
import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type OwnDiscord } from "../backend.ts";
import { useAnswer } from "../shell/use-answer.ts";
import { LinkButton } from "./link-button.tsx";
import { ServersTable } from "./servers-table.tsx";

/** Shows nothing where the site has no Discord application. */
export function DiscordPanel() {
  const answer = useAnswer(api.discord.mine, {});
  if (answer.state === "loading") return <SkeletonBlock heightRem={8} />;
  if (answer.state === "failed") return <Strip tone="bad">{answer.message}</Strip>;
  if (answer.data.state !== "current" || !answer.data.isOffered) return null;
  const { link, servers } = answer.data;
  return (
    <Panel title="Discord" about="Signals and roles reach you there, too.">
      <Stack>
        {link === null ? <NotLinked /> : <Linked link={link} />}
        {servers.length > 0 && <ServersTable servers={servers} />}
      </Stack>
    </Panel>
  );
}

function NotLinked() {
  return (
    <Stack gap="tight">
      <Quiet>No Discord account is linked.</Quiet>
      <LinkButton label="Link Discord" tone="solid" />
    </Stack>
  );
}

function Linked({ link }: { link: NonNullable<OwnDiscord["link"]> }) {
  return (
    <Stack gap="tight">
      <Row>
        <span>
          Linked: <strong>{link.name}</strong>
        </span>
        <Quiet>@{link.username}</Quiet>
      </Row>
      <Row>
        <LinkButton label="Link another account" />
        {!link.isOnlyWayIn && <UnlinkButton />}
      </Row>
      {link.isOnlyWayIn && (
        <Quiet>
          You sign in with this account only. To unlink it, sign up with your e-mail for a password.
        </Quiet>
      )}
    </Stack>
  );
}

function UnlinkButton() {
  const [open, setOpen] = useState(false);
  const unlink = useMutation(api.discord.unlink);
  const { run, busy, refusal } = useDeed();
  const confirm = async () => {
    if (await run(() => unlink({}))) setOpen(false);
  };
  return (
    <>
      <Button tone="danger" onClick={() => setOpen(true)}>
        Unlink
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title="Unlink Discord?"
        consequence="You lose the roles of your plan there and cannot sign in with it any more. You stay in the servers, and your plan goes on."
        action="Unlink"
        busy={busy}
        error={refusal?.message ?? null}
        onConfirm={() => void confirm()}
      />
    </>
  );
}
