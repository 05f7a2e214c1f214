/** Modules written by hand, without `convex/server`: to do what its wrapper would not. */
import type { PushedModule } from "../src/rooms.ts";
import { textModule } from "./function-app.ts";

const WRAPPERS = `
const wrap = (flag, invoke, handler) => Object.assign(() => {}, {
  [flag]: true, isPublic: true,
  [invoke]: async (...args) => JSON.stringify((await handler(...JSON.parse(args.at(-1)))) ?? null),
  exportArgs: () => '{"type":"any"}', exportReturns: () => 'null',
});
const query = (handler) => wrap("isQuery", "invokeQuery", handler);
const mutation = (handler) => wrap("isMutation", "invokeMutation", handler);
const action = (handler) => wrap("isAction", "invokeAction", handler);
const call = async (op, args) => JSON.parse(await Convex.asyncSyscall(op, JSON.stringify(args)));
const sync = (op, args) => JSON.parse(Convex.syscall(op, JSON.stringify(args)));
`;

/** `source` may use query, mutation, action (handlers get the arguments only), call and sync. */
export function rawModule(path: string, source: string): PushedModule {
  return textModule(path, `${WRAPPERS}\n${source}`);
}
