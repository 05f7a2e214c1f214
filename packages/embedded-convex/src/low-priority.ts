/** For threads whose work can wait: they get the processor when those that deliver leave it. */
import { platform, setPriority } from "node:os";

const BEHIND = 10; // a thread at 0 gets about nine times as much

/** Of the calling thread, for as long as it lives. Elsewhere than on Linux threads have no priority of their own. */
export function lowerPriority(): void {
  if (platform() === "linux") setPriority(0, BEHIND);
}
