/** Proves an e-mail: the code from the mail, with the password it was asked for with. */
import { Button, Form, Panel, Strip } from "@heliograph/ui";
import { useState } from "react";
import { CodeField, EmailField, PasswordField } from "./fields.tsx";
import { goOn, textOf, usePasswordSignIn } from "./sign-in.ts";
import { IDENTITY_TAKEN, TakenStrip } from "./taken-strip.tsx";

type CodeStepProps = {
  email: string;
  /** Null: it has to be typed again, in a tab that a mail's link has opened. */
  password: string | null;
  code?: string;
};

export function CodeStep({ email, password, code = "" }: CodeStepProps) {
  const { ask, busy, refusal } = usePasswordSignIn();
  const onCode = refusal?.code === "wrong_code";
  const isTaken = refusal?.code === IDENTITY_TAKEN;
  const submit = async (form: FormData) => {
    const typed = {
      email: password === null ? textOf(form, "email") : email,
      password: password ?? textOf(form, "password"),
      code: textOf(form, "code"),
    };
    return await ask({ flow: "email-verification", ...typed }, goOn);
  };
  return (
    <Panel
      title="Type the code from the mail"
      about={
        email === ""
          ? "It was sent to your e-mail."
          : `If ${email} can be used here, a mail is on its way.`
      }
    >
      <Form
        label="Prove your e-mail"
        action="Confirm"
        busy={busy}
        error={onCode || isTaken ? null : (refusal?.message ?? null)}
        onSubmit={submit}
      >
        {password === null && <EmailField value={email} />}
        {password === null && <PasswordField />}
        <CodeField value={code} error={onCode ? refusal.message : null} />
      </Form>
      {isTaken && <TakenStrip email={email === "" ? "This address" : email} isSignedIn={false} />}
      {password !== null && <AnotherCode email={email} password={password} />}
    </Panel>
  );
}

function AnotherCode({ email, password }: { email: string; password: string }) {
  const { ask, busy, refusal } = usePasswordSignIn();
  const [sent, setSent] = useState(false);
  const resend = async () => {
    setSent(await ask({ flow: "signUp", email, password }, () => undefined));
  };
  return (
    <>
      <p>
        <Button busy={busy} onClick={() => void resend()}>
          Send another code
        </Button>
      </p>
      {sent && <Strip tone="good">Another mail is on its way. Only its code is good now.</Strip>}
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
    </>
  );
}
