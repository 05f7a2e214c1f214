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
    ...makeSignInKeys(),
    SITE_URL: "http://127.0.0.1:5173", // whoever knows where the customer site is replaces it
    HELIOGRAPH_MAIL_MODE: "outbox", // nothing leaves the machine: the console shows every mail
    HELIOGRAPH_MAIL_FROM: "Heliograph <heliograph@localhost>",
    HELIOGRAPH_IP_SALT: randomBytes(32).toString("base64url"),
    HELIOGRAPH_FEED_KEY_SECRET: randomBytes(32).toString("base64url"),
    HELIOGRAPH_DISCORD_TOKEN_KEYS: `k1:${randomBytes(32).toString("base64url")}`,
    HELIOGRAPH_MACHINE_ISSUER: ISSUER,
    HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY: JSON.stringify({
      ...privateKey.export({ format: "jwk" }),
      kid,
      alg: "ES256",
    }),
    HELIOGRAPH_MACHINE_JWKS: `data:application/json;base64,${Buffer.from(jwks).toString("base64")}`,
  };
}

/** What Convex Auth signs and checks sessions with. */
function makeSignInKeys(): DeploymentEnvironment {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const keys = [{ use: "sig", alg: "RS256", ...publicKey.export({ format: "jwk" }) }];
  return {
    JWT_PRIVATE_KEY: pem.trimEnd().replaceAll("\n", " "), // one line: Convex Auth reads it either way
    JWKS: JSON.stringify({ keys }),
  };
}

/** The secrets kept in `file`, made on the first call; those that a newer version needs are added. */
export function keptSecrets(file: string): DeploymentEnvironment {
  const kept = readSecrets(file);
  const secrets = { ...makeSecrets(), ...kept };
  if (kept !== null && Object.keys(kept).length === Object.keys(secrets).length) return kept;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function readSecrets(file: string): DeploymentEnvironment | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Dotenv text for `convex env set --from-file`. */
export function toDotenv(environment: DeploymentEnvironment): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
