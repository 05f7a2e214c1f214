/** The hash the CLI compares to decide whether it must send a module again. */
import { createHash } from "node:crypto";
import type { PushedModule } from "../rooms.ts";

/** Hex SHA-256 over the source, then the source map (nothing when there is none). */
export function moduleHash(module: Pick<PushedModule, "source" | "sourceMap">): string {
  const hash = createHash("sha256").update(module.source, "utf8");
  return hash.update(module.sourceMap ?? "", "utf8").digest("hex");
}
