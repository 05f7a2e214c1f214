/** Deleting the account: asked twice, and refused while something renews unless one insists. */
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
import { api, type Me } from "../backend.ts";
import { PasswordField } from "../people/fields.tsx";
import { textOf } from "../people/sign-in.ts";
import { pathOf } from "../shell/paths.ts";

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

function DeleteForm({ hasPassword }: { hasPassword: boolean }) {
  const remove = useAction(api.account.remove);
  const { signOut } = useAuthActions();
  const { run, busy, refusal } = useDeed();
  const onPassword = refusal?.code === "wrong_password";
  const [renews, setRenews] = useState(false);
  const submit = async (form: FormData) => {
    const password = hasPassword ? textOf(form, "password") : null;
    const despiteRenewals = form.get("despiteRenewals") === "on";
    const done = await run(() => remove({ password, despiteRenewals }));
    if (!done) return false;
    await signOut(); // forgets the tokens in this browser; the session has ended already
    navigate(pathOf("feed"));
    return true;
  };
  if (refusal?.code === "renewals_running" && !renews) setRenews(true);
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
      {renews && (
        <>
          <Strip tone="warn">
            Something you pay for renews by itself. Cancel it at the provider first.
          </Strip>
          <CheckField name="despiteRenewals" label="Delete anyway: I cancel it myself" />
        </>
      )}
    </Form>
  );
}
