/** Deleting the account: asked twice. What renews is cancelled, and what cannot be is said before. */
import { useAuthActions } from "@convex-dev/auth/react";
import {
  Button,
  CheckField,
  Dialog,
  Form,
  navigate,
  Panel,
  Quiet,
  Strip,
  useDeed,
} from "@heliograph/ui";
import { useAction } from "convex/react";
import { useState } from "react";
import { api, type Me, type Renewal } from "../backend.ts";
import { PasswordField } from "../people/fields.tsx";
import { textOf } from "../people/sign-in.ts";
import { PROVIDER_NAMES } from "../pricing/provider-words.ts";
import { pathOf } from "../shell/paths.ts";
import { useAnswer } from "../shell/use-answer.ts";

export function DeletePanel({ me }: { me: Me }) {
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title="Delete the account"
      about="Your name, e-mail and sign-ins are removed at once, also from stored payments. It cannot be undone."
    >
      <Button tone="danger" onClick={() => setOpen(true)}>
        Delete my account
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Delete your account?"
        description="You lose access at once, on every device. This cannot be undone."
      >
        <DeleteForm hasPassword={me.hasPassword} />
      </Dialog>
    </Panel>
  );
}

/** What goes on being paid: that it is cancelled, or that one has to do it oneself. */
function Renewals({ renewals }: { renewals: readonly Renewal[] }) {
  const stopped = renewals.filter(({ obstacle }) => obstacle === null);
  const stuck = renewals.filter(({ obstacle }) => obstacle !== null);
  return (
    <>
      {stopped.length > 0 && (
        <Strip tone="neutral">
          Cancelled with the account, without a refund: {stopped.map(nameOf).join(", ")}.
        </Strip>
      )}
      {stuck.length > 0 && (
        <>
          <Strip tone="warn">
            We cannot cancel {stuck.map(nameOf).join(", ")} from here. Cancel it there first, or you
            go on paying.
          </Strip>
          <CheckField name="despiteRenewals" label="Delete anyway: I cancel it myself" />
        </>
      )}
    </>
  );
}

function nameOf({ name, provider }: Renewal): string {
  return `${name} (${PROVIDER_NAMES[provider]})`;
}

function DeleteForm({ hasPassword }: { hasPassword: boolean }) {
  const answer = useAnswer(api.account.renewals, {});
  const renewals =
    answer.state === "ready" && answer.data.state === "current" ? answer.data.renewals : [];
  const remove = useAction(api.account.remove);
  const { signOut } = useAuthActions();
  const { run, busy, refusal } = useDeed();
  const onPassword = refusal?.code === "wrong_password";
  const submit = async (form: FormData) => {
    const password = hasPassword ? textOf(form, "password") : null;
    const despiteRenewals = form.get("despiteRenewals") === "on";
    const done = await run(() => remove({ password, despiteRenewals }));
    if (!done) return false;
    await signOut(); // forgets the tokens in this browser; the session has ended already
    navigate(pathOf("feed"));
    return true;
  };
  return (
    <Form
      label="Delete the account"
      action="Delete for good"
      busy={busy}
      error={onPassword ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      {hasPassword && <PasswordField error={onPassword ? refusal.message : null} />}
      {!hasPassword && <Quiet>You sign in with Discord: no password is asked.</Quiet>}
      <Renewals renewals={renewals} />
    </Form>
  );
}
