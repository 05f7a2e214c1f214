/** Signing in from a form: what the backend is asked, and where one goes afterwards. */
import { useAuthActions } from "@convex-dev/auth/react";
import { type Deed, navigate, useDeed } from "@heliograph/ui";
import { pathOf } from "../shell/paths.ts";

const INVITATION = "heliograph.invitation";

export type PasswordSignIn = Deed & {
  /** Asks; `after` is told whether one is signed in now, or has to go on with a mailed code. */
  ask: (fields: Record<string, string>, after: (signedIn: boolean) => void) => Promise<boolean>;
};

/** The password provider behind a form. */
export function usePasswordSignIn(): PasswordSignIn {
  const { signIn } = useAuthActions();
  const deed = useDeed();
  const ask: PasswordSignIn["ask"] = async (fields, after) =>
    await deed.run(async () => {
      const { signingIn } = await signIn("password", fields);
      after(signingIn);
    });
  return { ...deed, ask };
}

/** To where one wanted to go, else to the feed. */
export function goOn(): void {
  navigate(pathOf(keptInvitation() === null ? "feed" : "invitation"));
}

/** Keeps an invitation while its person signs in or up in this tab. */
export function keepInvitation(token: string | null): void {
  if (token === null) window.sessionStorage.removeItem(INVITATION);
  else window.sessionStorage.setItem(INVITATION, token);
}

/** The invitation that was opened in this tab, or null. */
export function keptInvitation(): string | null {
  return window.sessionStorage.getItem(INVITATION);
}

/** A field of a form, as text. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
