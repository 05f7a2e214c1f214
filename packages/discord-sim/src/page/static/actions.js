// @ts-check
/** What a person does, as requests to the simulator. Each throws with a sentence to show. */

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>} null for an answer without a body
 */
export async function request(path, init) {
  const answer = await fetch(path, init).catch(() => {
    throw new Error("The simulator cannot be reached.");
  });
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(sentence(body) ?? `The simulator answered ${answer.status}.`);
  return body;
}

/**
 * @param {{ channel_id: string, id: string }} message
 * @param {string} content
 */
export function save(message, content) {
  return request(`/sim/channels/${message.channel_id}/messages/${message.id}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ content }),
  });
}

/** @param {{ channel_id: string, id: string }} message */
export function remove(message) {
  return request(`/sim/channels/${message.channel_id}/messages/${message.id}`, {
    method: "DELETE",
  });
}

/**
 * @param {string} channelId
 * @param {{ userId: string, content: string, replyTo: string | null, files: File[] }} draft
 */
export function post(channelId, { userId, content, replyTo, files }) {
  const form = new FormData();
  form.set(
    "payload_json",
    JSON.stringify({ userId, content, ...(replyTo !== null && { replyTo }) }),
  );
  for (const [index, file] of files.entries()) form.set(`files[${index}]`, file);
  return request(`/sim/channels/${channelId}/messages`, { method: "POST", body: form });
}

/**
 * What people and owners do beyond messages.
 * @param {object} action
 * @returns {Promise<{ id: string | null }>}
 */
export function act(action) {
  return request("/sim/actions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(action),
  });
}

/**
 * The first reason in a refusal: a field's if it names one.
 * @param {any} body
 * @returns {string | undefined}
 */
function sentence(body) {
  const [first] = JSON.stringify(body.errors ?? {}).match(/(?<="message":")[^"]+/) ?? [];
  return first ?? (typeof body.message === "string" ? body.message : undefined);
}
