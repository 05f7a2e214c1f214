/** Run as a process of its own: puts numbered events into the outbox and sends them, printing each id once it is safe. */
import { openFileOutbox } from "../src/file-outbox.ts";
import { IngestClient } from "../src/ingest-client.ts";
import { post } from "./events.ts";

const [path = "", siteUrl = "", life = ""] = process.argv.slice(2);
const outbox = await openFileOutbox(path);
const client = new IngestClient({ siteUrl, token: "source-token", outbox });
const sending = client.run(new AbortController().signal);
for (let number = 1; ; number++) {
  const id = `${life}-${number}`;
  await Promise.race([client.enqueue([post(id)]), sending]);
  process.stdout.write(`${id}\n`);
}
