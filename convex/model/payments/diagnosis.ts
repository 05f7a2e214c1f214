/**
 * Why a signature does not fit, for the operator's eyes: the usual mistakes are tried, and the first one
 * that would have fitted is named. Nothing of it is told to the caller, and no secret leaves this file.
 *
 * [DIAG1] White space or quotes in the secret, a secret in the wrong encoding, the secret of another
 *         provider and a wrong clock are told apart from a secret that is simply not ours.
 * [DIAG2] A large body is not tried with everything: that would be a stranger's cheap way to keep us busy.
 */
import { PROVIDERS, type Provider } from "@heliograph/domain";
import { webhookSecrets } from "./settings.ts";
import { type Claim, clockFault, isSignedWith } from "./signatures.ts";

/** Why a delivery is not taken for the provider's. Listed with what to do in docs/payments.md. */
export type SignatureFault =
  | "unsigned"
  | "malformed_signature"
  | "clock_past"
  | "clock_future"
  | "secret_has_spaces"
  | "secret_encoding"
  | "secret_of_other_provider"
  | "wrong_secret";

const MOST_TRIED = 64 * 1024; // characters; most events have a tenth of it

/** The fault of a claim that none of the provider's secrets has made, or whose time is off. */
export async function diagnose(
  provider: Provider,
  claim: Claim,
  text: string,
  nowMs: number,
): Promise<SignatureFault> {
  const secrets = webhookSecrets(provider);
  if (await isSignedWith(claim, text, secrets)) return clockFault(claim, nowMs) ?? "wrong_secret";
  if (text.length > MOST_TRIED) return "wrong_secret";
  const cleaned = secrets.map((secret) => secret.replace(/[\s"'`]/g, ""));
  if (await isSignedWith(claim, text, cleaned.filter(isFilled))) return "secret_has_spaces";
  const spelled = spelledClaim(claim);
  if (await isSignedWith(spelled, text, cleaned.flatMap(otherSpellings).filter(isFilled))) {
    return "secret_encoding";
  }
  const others = PROVIDERS.filter((other) => other !== provider).flatMap(webhookSecrets);
  if (await isSignedWith(claim, text, others)) return "secret_of_other_provider";
  return "wrong_secret";
}

/** The secret with its prefix lost, added, or the whole of it decoded or encoded once too often. */
function otherSpellings(secret: string): string[] {
  const bare = secret.replace(/^(whsec|ws)_/, "");
  return [
    secret,
    bare,
    `whsec_${bare}`,
    `ws_${bare}`,
    decoded(bare),
    decoded(secret),
    btoaOr(secret),
  ];
}

/** A plain signature in capitals or in base64 as the hex that we ask for. */
function spelledClaim(claim: Claim): Claim {
  if (claim.scheme !== "plain") return claim;
  const given = claim.signature.replace(/^sha256=/i, "");
  if (/^[0-9a-f]{64}$/i.test(given)) return { ...claim, signature: given.toLowerCase() };
  const bytes = [...decoded(given)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0"));
  return { ...claim, signature: bytes.join("") };
}

function decoded(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}

function btoaOr(text: string): string {
  try {
    return btoa(text);
  } catch {
    return "";
  }
}

function isFilled(text: string): boolean {
  return text !== "";
}
