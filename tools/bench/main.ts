/** `npm run bench -- NAME [flags]`: measures, and with `--json` prints the report as its last line. */
import { runFanout } from "./fanout/fanout.ts";
import { readFanoutOptions } from "./fanout/options.ts";

const [name, ...argv] = process.argv.slice(2);

async function main(): Promise<void> {
  if (name !== "fanout")
    throw new Error(`Which bench? There is: fanout. Given: ${name ?? "nothing"}.`);
  const options = readFanoutOptions(argv);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const report = await runFanout(options, say);
  process.stdout.write(`${JSON.stringify(report, null, options.json ? 0 : 2)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
