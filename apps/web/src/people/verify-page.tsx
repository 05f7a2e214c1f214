/** Where a mail's link leads: the code is filled in, the password is asked. */
import { Narrow, takeFragment } from "@heliograph/ui";
import { useState } from "react";
import { SiteFrame } from "../shell/site-frame.tsx";
import { CodeStep } from "./code-step.tsx";

export function VerifyPage() {
  const [link] = useState(takeFragment);
  return (
    <SiteFrame view="signIn" title="Confirm your e-mail">
      <Narrow>
        <CodeStep email={link.get("email") ?? ""} password={null} code={link.get("code") ?? ""} />
      </Narrow>
    </SiteFrame>
  );
}
