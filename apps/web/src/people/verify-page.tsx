/** Where a mail's link leads: the code is filled in, the password is asked. */
import { Narrow, useOpenedLink } from "@heliograph/ui";
import { SiteFrame } from "../shell/site-frame.tsx";
import { CodeStep } from "./code-step.tsx";

export function VerifyPage() {
  const { params, serial } = useOpenedLink("code");
  return (
    <SiteFrame view="signIn" title="Confirm your e-mail">
      <Narrow>
        <CodeStep
          key={serial}
          email={params.get("email") ?? ""}
          password={null}
          code={params.get("code") ?? ""}
        />
      </Narrow>
    </SiteFrame>
  );
}
