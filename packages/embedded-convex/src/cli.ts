/** The command `embedded-convex`: what is asked for, and who does it. */
import { backup, restore, verify } from "./command/data-commands.ts";
import { complain, say } from "./command/output.ts";
import { parseCommand } from "./command/parse-command.ts";
import { serve } from "./command/serve.ts";
import { EXIT, usageText } from "./command/usage.ts";
import { versionText } from "./command/version.ts";

const command = parseCommand(process.argv.slice(2), process.env);
switch (command.kind) {
  case "serve":
    await serve(command.settings);
    break;
  case "backup":
    await backup(command);
    break;
  case "restore":
    await restore(command);
    break;
  case "verify":
    await verify(command);
    break;
  case "help":
    say(usageText());
    break;
  case "version":
    say(versionText());
    break;
  case "wrong":
    complain(`${command.message}\n\n${usageText()}`);
    process.exitCode = EXIT.usage;
    break;
  default:
    command satisfies never;
}
