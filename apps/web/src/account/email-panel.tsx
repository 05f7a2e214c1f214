/** The e-mail, and changing it: the new address is proven by a code first. */
import { Form, Panel, Quiet, Strip, useDeed } from "@heliograph/ui";
import { useAction, useMutation } from "convex/react";
import { useState } from "react";
import { api, type Me } from "../backend.ts";
import { CodeField, EmailField, PasswordField } from "../people/fields.tsx";
import { textOf } from "../people/sign-in.ts";

const WRONG = "This code is wrong or has expired.";

export function EmailPanel({ me }: { me: Me }) {
  return (
    <Panel title="E-mail" about={me.email ?? "You came with Discord and gave no e-mail."}>
      <ChangeForm hasPassword={me.hasPassword} />
      {me.newEmail !== null && <ConfirmForm email={me.newEmail} />}
    </Panel>
  );
}

function ChangeForm({ hasPassword }: { hasPassword: boolean }) {
  const request = useAction(api.account.requestEmailChange);
  const { run, busy, refusal } = useDeed();
  const onPassword = refusal?.code === "wrong_password";
  const submit = async (form: FormData) => {
    const password = hasPassword ? textOf(form, "password") : null;
    return await run(() => request({ email: textOf(form, "email"), password }));
  };
  return (
    <Form
      label="Change the e-mail"
      action="Send a code"
      busy={busy}
      error={onPassword ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <EmailField label="New e-mail" />
      {hasPassword && <PasswordField error={onPassword ? refusal.message : null} />}
    </Form>
  );
}

function ConfirmForm({ email }: { email: string }) {
  const confirm = useMutation(api.account.confirmEmailChange);
  const { run, busy, refusal } = useDeed();
  const [isWrong, setIsWrong] = useState(false);
  const submit = async (form: FormData) => {
    let outcome = "wrong";
    const done = await run(async () => {
      outcome = await confirm({ code: textOf(form, "code") });
    });
    setIsWrong(done && outcome === "wrong");
    return done && outcome === "changed";
  };
  return (
    <>
      <Strip tone="info">A code is on its way to {email}.</Strip>
      <Form
        label="Confirm the new e-mail"
        action="Confirm"
        busy={busy}
        error={refusal?.message ?? null}
        onSubmit={submit}
      >
        <CodeField error={isWrong ? WRONG : null} />
      </Form>
      <Quiet>Until then the old address counts.</Quiet>
    </>
  );
}
