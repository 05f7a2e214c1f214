/** A sample post as the route would show it, while the route is being written. */
import { Badge, Plain, Quiet, Row, Stack, TextAreaField } from "@heliograph/ui";
import { useState } from "react";
import { previewPost } from "./preview-post.ts";
import { readRouteRules } from "./route-form-values.ts";

const SAMPLE =
  "**BTC/USDT LONG**\nEntry 61,200, stop 60,300\nChart: https://charts.example/btc @everyone";

type RoutePreviewProps = {
  /** The form as it is filled now. */
  form: FormData;
  sourceName: string;
  /** The newest post of the source, or null. */
  newest: { content: string; authorName: string } | null;
};

export function RoutePreview({ form, sourceName, newest }: RoutePreviewProps) {
  const [written, setWritten] = useState<string | null>(null);
  const content = written ?? newest?.content ?? SAMPLE;
  const rules = readRouteRules(form);
  const ping = String(form.get("pingRoleId") ?? "").trim();
  const sample = { content, authorName: newest?.authorName ?? "Analyst", sourceName };
  const preview = rules.ok ? previewPost(sample, rules.value, ping === "" ? null : ping) : null;
  return (
    <section aria-label="Preview">
      <Stack gap="tight">
        <TextAreaField
          label="Sample post"
          hint="What an analyst might write. It is shown below as this route would post it."
          value={content}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
        <output aria-label="As it would be posted">
          {!rules.ok && <Quiet>The preview shows again when the rules are right.</Quiet>}
          {rules.ok && preview === null && <Quiet>This route leaves the post out.</Quiet>}
          {preview?.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a post have no identity but their place
            <Stack key={index} gap="tight">
              <Row>
                <Badge>{preview.as}</Badge>
                <Quiet>{part.embeds.at(-1)?.author?.name ?? ""}</Quiet>
              </Row>
              <Plain>{part.content}</Plain>
            </Stack>
          ))}
        </output>
      </Stack>
    </section>
  );
}
