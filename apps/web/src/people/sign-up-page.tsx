/** Signing up: an e-mail and a password, then the code that proves the e-mail. */
import { Form, Link, Narrow, Panel, Row, TextField } from "@heliograph/ui";
import { useState } from "react";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { CodeStep } from "./code-step.tsx";
import { DiscordButton } from "./discord-button.tsx";
import { EmailField, NewPasswordField } from "./fields.tsx";
import { textOf, usePasswordSignIn } from "./sign-in.ts";

type Typed = { email: string; password: string };

export function SignUpPage() {
  const [typed, setTyped] = useState<Typed | null>(null);
  return (
    <SiteFrame view="signIn" title="Sign up">
      <Narrow>
        {typed === null ? <SignUpForm onAsked={setTyped} /> : <CodeStep {...typed} />}
      </Narrow>
    </SiteFrame>
  );
}

function SignUpForm({ onAsked }: { onAsked: (typed: Typed) => void }) {
  const { ask, busy, refusal } = usePasswordSignIn();
  const onPassword = refusal?.code === "weak_password";
  const submit = async (form: FormData) => {
    const typed = { email: textOf(form, "email"), password: textOf(form, "password") };
    const name = textOf(form, "name");
    await ask({ flow: "signUp", ...typed, name }, () => onAsked(typed));
    return false; // what was typed stays
  };
  return (
    <>
      <Panel title="With your e-mail">
        <Form
          label="Sign up"
          action="Sign up"
          busy={busy}
          error={onPassword ? null : (refusal?.message ?? null)}
          onSubmit={submit}
        >
          <EmailField />
          <TextField name="name" label="Name" hint="If you like." autoComplete="name" />
          <NewPasswordField error={onPassword ? refusal.message : null} />
        </Form>
      </Panel>
      <DiscordButton />
      <Row gap="normal">
        <Link href={pathOf("signIn")}>I have an account</Link>
      </Row>
    </>
  );
}
