/**
 * The secrets a Heliograph deployment needs in its environment. Made once per
 * deployment, written to a file only its owner can read, never printed.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export type DeploymentEnvironment = Readonly<Record<string, string>>;

const ISSUER = "https://machines.heliograph.local";

/** Fresh random secrets, as environment variables of the deployment. */
export function makeSecrets(): DeploymentEnvironment {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomBytes(8).toString("hex");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
  const jwks = JSON.stringify({ keys: [jwk] });
  return {
    HELIOGRAPH_FEED_KEY_SECRET: randomBytes(32).toString("base64url"),
    HELIOGRAPH_MACHINE_ISSUER: ISSUER,
    HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY: JSON.stringify({
      ...privateKey.export({ format: "jwk" }),
      kid,
      alg: "ES256",
    }),
    HELIOGRAPH_MACHINE_JWKS: `data:application/json;base64,${Buffer.from(jwks).toString("base64")}`,
  };
}

/** The secrets kept in `file`, made on the first call. */
export function keptSecrets(file: string): DeploymentEnvironment {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const secrets = makeSecrets();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

/** Dotenv text for `convex env set --from-file`. */
export function toDotenv(environment: DeploymentEnvironment): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
