/** `npm run bench -- NAME [flags]`: measures, and with `--json` prints the report as its last line. */
import { runEngineBench } from "./engine/engine.ts";
import { readEngineOptions } from "./engine/options.ts";
import { isKept, toReport } from "./engine/report.ts";
import { runFanout } from "./fanout/fanout.ts";
import { readFanoutOptions } from "./fanout/options.ts";
import { runMirror } from "./mirror/mirror.ts";
import { readMirrorOptions } from "./mirror/options.ts";
import { readRolesOptions } from "./roles/options.ts";
import { isHeld, runRoles } from "./roles/roles.ts";
import { readWebhooksOptions } from "./webhooks/options.ts";
import { runWebhooks } from "./webhooks/webhooks.ts";

const say = (text: string) => process.stderr.write(`${text}\n`);
const print = (report: unknown, json: boolean) =>
  process.stdout.write(`${JSON.stringify(report, null, json ? 0 : 2)}\n`);

/** Each returns the exit code. */
const BENCHES: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  fanout: async (argv) => {
    const options = readFanoutOptions(argv);
    print(await runFanout(options, say), options.json);
    return 0;
  },
  mirror: async (argv) => {
    const options = readMirrorOptions(argv);
    print(await runMirror(options, say), options.json);
    return 0;
  },
  webhooks: async (argv) => {
    const options = readWebhooksOptions(argv);
    print(await runWebhooks(options, say), options.json);
    return 0;
  },
  roles: async (argv) => {
    const options = readRolesOptions(argv);
    const report = await runRoles(options, say);
    print(report, options.json);
    return isHeld(report) ? 0 : 1;
  },
  engine: async (argv) => {
    const options = readEngineOptions(argv);
    const measured = await runEngineBench(options, say);
    print(toReport(measured), options.json);
    return measured.every(isKept) ? 0 : 1;
  },
};

async function main([name = "nothing", ...argv]: readonly string[]): Promise<number> {
  const bench = BENCHES[name];
  if (bench === undefined) {
    const known = Object.keys(BENCHES).join(", ");
    throw new Error(`Which bench? There is: ${known}. Given: ${name}.`);
  }
  return await bench(argv);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
