// @ts-check
/** Requests to the simulator, and saying how they went. */
import { byId } from "./dom.js";

/**
 * @param {string} method
 * @param {string} path under /_sim
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  const answer = await fetch(`/_sim${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  }).catch(() => {
    throw new Error("The simulator cannot be reached.");
  });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.message ?? `The simulator answered ${answer.status}.`);
  return value;
}

/**
 * Does something a person asked for; a refusal is said on the page.
 * @param {() => Promise<unknown>} run
 * @param {string} done
 */
export async function attempt(run, done) {
  try {
    await run();
    say(done);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} text */
function say(text) {
  const place = byId("said");
  place.hidden = false;
  place.textContent = text;
}
