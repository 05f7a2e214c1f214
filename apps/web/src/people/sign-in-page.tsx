/** Signing in. */
import { Form, Link, Narrow, Panel, Row } from "@heliograph/ui";
import { useState } from "react";
import { pathOf } from "../shell/paths.ts";
import { SiteFrame } from "../shell/site-frame.tsx";
import { CodeStep } from "./code-step.tsx";
import { DiscordButton } from "./discord-button.tsx";
import { EmailField, PasswordField } from "./fields.tsx";
import { goOn, textOf, usePasswordSignIn } from "./sign-in.ts";

export function SignInPage() {
  const [unproven, setUnproven] = useState<{ email: string; password: string } | null>(null);
  return (
    <SiteFrame view="signIn" title="Sign in">
      <Narrow>
        {unproven === null ? <SignInForm onUnproven={setUnproven} /> : <CodeStep {...unproven} />}
      </Narrow>
    </SiteFrame>
  );
}

type SignInFormProps = { onUnproven: (typed: { email: string; password: string }) => void };

function SignInForm({ onUnproven }: SignInFormProps) {
  const { ask, busy, refusal } = usePasswordSignIn();
  const submit = async (form: FormData) => {
    const typed = { email: textOf(form, "email"), password: textOf(form, "password") };
    const after = (signedIn: boolean) => (signedIn ? goOn() : onUnproven(typed));
    await ask({ flow: "signIn", ...typed }, after);
    return false; // what was typed stays
  };
  return (
    <>
      <Panel title="With your e-mail">
        <Form
          label="Sign in"
          action="Sign in"
          busy={busy}
          error={refusal?.message ?? null}
          onSubmit={submit}
        >
          <EmailField />
          <PasswordField />
        </Form>
      </Panel>
      <DiscordButton />
      <Row gap="normal">
        <Link href={pathOf("signUp")}>Sign up</Link>
        <Link href={pathOf("reset")}>Forgot the password</Link>
      </Row>
    </>
  );
}
