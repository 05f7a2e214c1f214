/** The page on which a person says who they are and agrees: plain HTML, works by keyboard, runs no script. */
import type { UserRecord } from "../state/records.ts";

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; }
  label { display: flex; gap: .5rem; padding: .4rem 0; }
  button { font: inherit; padding: .5rem 1rem; margin-right: .5rem; }
`;

/** Asks; the form posts to where it stands, with the same query. */
export function authorizePage(scopes: readonly string[], people: readonly UserRecord[]): string {
  const choices = people.map(
    ({ id, username, displayName }, index) =>
      `<label><input type="radio" name="user" value="${escaped(id)}"${index === 0 ? " checked" : ""}>` +
      `${escaped(displayName)} (${escaped(username)})</label>`,
  );
  return page(
    "Authorize",
    `<p>An application asks for: ${escaped(scopes.join(", "))}</p>
<form method="post"><fieldset><legend>You are</legend>${choices.join("\n")}</fieldset>
<p><button name="answer" value="allow">Authorize</button><button name="answer" value="deny">Cancel</button></p></form>`,
  );
}

/** What is wrong with an address that an application sent a person to. */
export function refusalPage(reason: string): string {
  return page("Invalid request", `<p role="alert">${escaped(reason)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title} · simulated Discord</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style><h1>${title}</h1>${body}</html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
