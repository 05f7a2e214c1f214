/** From a call as it arrives to one that may run: found, visible, of the right type, arguments valid. */
import type { Transaction } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import type { FunctionCall } from "../rooms.ts";
import type { DeployedFunction, DeploymentVersion } from "./deployment-version.ts";
import { notFound, wrongType } from "./resolution.ts";
import { checkArguments } from "./validation.ts";

const COMPONENTS_ARE_INNER =
  "Only admin or system users can call functions on non-root components directly";

type CallableType = "Query" | "Mutation" | "Action";

/** Throws DeveloperError in the contract's words. */
function findCallable(version: DeploymentVersion, call: FunctionCall): DeployedFunction {
  const { component } = call.address;
  if (component !== "" && call.allowed === "public") throw new DeveloperError(COMPONENTS_ARE_INNER);
  const target = version.find(call.address);
  const hidden = call.allowed === "public" && target?.analyzed.visibility?.kind !== "public";
  if (target === null || hidden) throw new DeveloperError(notFound(call.address, call.allowed));
  return target;
}

/** Throws DeveloperError in the contract's words. */
export function prepareCall(
  version: DeploymentVersion,
  call: FunctionCall,
  type: CallableType,
  tx: Transaction,
): DeployedFunction {
  const target = findCallable(version, call);
  if (target.analyzed.udfType !== type) throw new DeveloperError(wrongType(target, type));
  checkArguments(target, call.args, tx.within(target.component));
  return target;
}
