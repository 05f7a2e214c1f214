/**
 * Collects what is wrong with a request body, field by field, and turns it into
 * Discord's nested `errors` object. Reading goes on after a fault, so that one
 * answer names them all.
 */
import { type ApiError, type FormErrorTree, refuse } from "../wire/api-error.ts";

export type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

export class FormErrors {
  readonly #tree: FormErrorTree = {};
  #count = 0;

  add(path: Path, code: string, message: string): void {
    let node = this.#tree;
    for (const step of path) {
      const key = String(step);
      const known = node[key];
      const child: FormErrorTree = known === undefined || Array.isArray(known) ? {} : known;
      node[key] = child;
      node = child;
    }
    const entries = Array.isArray(node._errors) ? node._errors : [];
    node._errors = [...entries, { code, message }];
    this.#count += 1;
  }

  /** Throws the refusal when anything was added. */
  throwIfAny(): void {
    if (this.#count > 0) throw this.refusal();
  }

  refusal(): ApiError {
    return refuse.invalidForm(this.#tree);
  }
}

/** A refusal for a single field. */
export function fieldRefusal(path: Path, code: string, message: string): ApiError {
  const errors = new FormErrors();
  errors.add(path, code, message);
  return errors.refusal();
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
