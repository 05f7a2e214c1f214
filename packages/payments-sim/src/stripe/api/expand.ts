/** `expand[]=data.customer`: puts the object where its id stands. What is no id stays as it is. */
import { isFields } from "../../fields.ts";

export function expand(
  value: unknown,
  paths: readonly string[],
  find: (id: string) => unknown,
): unknown {
  return paths.reduce((result, path) => expandPath(result, path.split("."), find), value);
}

function expandPath(
  value: unknown,
  [step, ...rest]: readonly string[],
  find: (id: string) => unknown,
): unknown {
  if (step === undefined) return typeof value === "string" ? (find(value) ?? value) : value;
  if (Array.isArray(value)) return value.map((item) => expandPath(item, [step, ...rest], find));
  if (!isFields(value) || !(step in value)) return value;
  const inner = value[step];
  const here = typeof inner === "string" ? (find(inner) ?? inner) : inner;
  return { ...value, [step]: rest.length === 0 ? here : expandPath(here, rest, find) };
}
