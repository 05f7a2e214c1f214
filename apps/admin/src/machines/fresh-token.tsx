/** A token that was just made: nothing shows it again. */
import { Button, Code, Row, Strip } from "@heliograph/ui";
import { useState } from "react";

export function FreshToken({ token }: { token: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(token);
    setCopied(true);
  };
  return (
    <Strip tone="good">
      This token is shown once: <Code>{token}</Code>{" "}
      <Row>
        <Button onClick={() => void copy()}>{copied ? "Copied" : "Copy"}</Button>
      </Row>
    </Strip>
  );
}
