/**
 * Tells when a request leaves this process: the moment in which its first byte is
 * written, after every queue and limit of ours and before Discord's own round trip.
 *
 *   whenLeaving(noted, send) -> undici opens a request (same asynchronous context)
 *            noted() <--------- undici writes its headers
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";

const OPENED = "undici:request:create";
const WRITTEN = "undici:client:sendHeaders";

const sending = new AsyncLocalStorage<() => void>();
const opened = new WeakMap<object, () => void>();

subscribe(OPENED, (message) => {
  const noted = sending.getStore();
  const request = requestOf(message);
  if (noted !== undefined && request !== null) opened.set(request, noted);
});

subscribe(WRITTEN, (message) => {
  const request = requestOf(message);
  const noted = request === null ? undefined : opened.get(request);
  if (request === null || noted === undefined) return;
  opened.delete(request);
  noted();
});

/** Runs `send`; `noted` is called once for each request that it makes, when that leaves. */
export function whenLeaving<T>(noted: () => void, send: () => Promise<T>): Promise<T> {
  return sending.run(noted, send);
}

function requestOf(message: unknown): object | null {
  const { request }: { request?: unknown } = Object(message);
  return typeof request === "object" ? request : null;
}
