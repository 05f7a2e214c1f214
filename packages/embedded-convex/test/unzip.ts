/** A zip as a map from path to bytes. */
import { text as readText } from "node:stream/consumers";
import { fromBufferPromise } from "yauzl";

export async function unzip(bytes: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const zip = await fromBufferPromise(Buffer.from(bytes));
  const entries = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    entries.set(entry.fileName, await readText(await zip.openReadStreamPromise(entry)));
  }
  return entries;
}
