/** The fields that several forms about accounts have. */
import { findPasswordFault, type PasswordFault } from "@heliograph/domain";
import { TextField } from "@heliograph/ui";
import { useState } from "react";

const FAULTS: Record<PasswordFault, string> = {
  short: "Use at least 10 characters.",
  long: "Use at most 200 characters.",
  common: "Everybody who guesses tries this one first. Use several words.",
  likeEmail: "This can be guessed from the e-mail. Use several words.",
};

type EmailProps = { value?: string; label?: string; error?: string | null };

export function EmailField({ value = "", label = "E-mail", error = null }: EmailProps) {
  return (
    <TextField
      name="email"
      label={label}
      type="email"
      inputMode="email"
      autoComplete="username"
      defaultValue={value}
      error={error}
      required
    />
  );
}

/** The password one has. */
export function PasswordField({ name = "password", error = null }: NewPasswordProps) {
  return (
    <TextField
      name={name}
      label="Password"
      type="password"
      autoComplete="current-password"
      error={error}
      required
    />
  );
}

type NewPasswordProps = { name?: string; error?: string | null };

/** A password that one chooses: what is wrong with it is said when one leaves the field, by the backend's rule. */
export function NewPasswordField({ name = "password", error = null }: NewPasswordProps) {
  const [fault, setFault] = useState<PasswordFault | null>(null);
  return (
    <TextField
      name={name}
      label="New password"
      type="password"
      autoComplete="new-password"
      hint="Ten characters or more; several words are best."
      error={error ?? (fault === null ? null : FAULTS[fault])}
      onBlur={(event) => {
        const { value, form } = event.currentTarget;
        const email = form === null ? null : new FormData(form).get("email");
        setFault(value === "" ? null : findPasswordFault(value, String(email ?? "")));
      }}
      required
    />
  );
}

export function CodeField({ value = "", error = null }: { value?: string; error?: string | null }) {
  return (
    <TextField
      name="code"
      label="Code"
      hint="From the mail: eight letters and digits."
      autoComplete="one-time-code"
      autoCapitalize="characters"
      defaultValue={value}
      error={error}
      required
    />
  );
}
