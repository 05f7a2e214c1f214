/** What the doctor found, each with what to click. */
import { Badge, Quiet, Row, Stack } from "@heliograph/ui";
import type { Finding } from "../backend.ts";

const LINK = /(https:\/\/\S+)/;

export function FindingsList({ findings }: { findings: readonly Finding[] }) {
  return (
    <Stack>
      {findings.map(({ code, severity, message, fix }) => (
        <Stack key={`${code} ${message}`} gap="tight">
          <Row>
            <Badge tone={severity === "error" ? "bad" : "warn"}>
              {severity === "error" ? "Problem" : "Note"}
            </Badge>
            <span>{message}</span>
          </Row>
          <Quiet>{withLinks(fix)}</Quiet>
        </Stack>
      ))}
    </Stack>
  );
}

function withLinks(text: string) {
  return text.split(LINK).map((part) =>
    LINK.test(part) ? (
      <a key={part} href={part} target="_blank" rel="noreferrer">
        {part}
      </a>
    ) : (
      part
    ),
  );
}
