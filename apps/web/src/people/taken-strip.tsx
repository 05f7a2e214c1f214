/** What somebody does who has proven an address that is another account's. */
import { Link, Strip } from "@heliograph/ui";
import { pathOf } from "../shell/paths.ts";

/** The code with which the backend says so to somebody who is proving an address. */
export const IDENTITY_TAKEN = "identity_taken";

type TakenStripProps = { email: string; isSignedIn: boolean };

export function TakenStrip({ email, isSignedIn }: TakenStripProps) {
  return isSignedIn ? (
    <Strip tone="bad">
      {email} belongs to another account here. Sign out and sign in to that account to find what was
      bought with it, or ask support to merge the two accounts into one.
    </Strip>
  ) : (
    <Strip tone="bad">
      {email} belongs to an account here that signs in another way.{" "}
      <Link href={pathOf("signIn")}>Sign in</Link> with that account's main address or with Discord,
      or sign up with another address.
    </Strip>
  );
}
