/** `npm run codegen`: brings `convex/_generated` up to date with the official CLI, on an engine of its own. */
import { freshDeployment } from "../deployment/fresh-deployment.ts";

const deployment = await freshDeployment(); // pushing generates
await deployment.close();
