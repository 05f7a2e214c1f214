/** What a template makes of an alert, or what is wrong with it: the same rules as on the server. */
import { readAlert, readTemplate, renderAlert } from "@heliograph/domain";

export type Preview =
  | { state: "faulty"; message: string }
  | { state: "noAlert" }
  | { state: "shown"; content: string; notes: readonly string[] };

export function previewTemplate(template: string, body: string): Preview {
  const read = template.trim() === "" ? null : readTemplate(template);
  if (read?.ok === false) {
    const { line, column, message } = read.fault;
    return { state: "faulty", message: `Line ${line}, column ${column}: ${message}` };
  }
  const alert = readAlert(body);
  if (alert === null) return { state: "noAlert" };
  const { content, missing, usedTemplate } = renderAlert(alert, read?.template ?? null);
  const notes = missing.map((name) => `The alert has no ${name}.`);
  if (read !== null && !usedTemplate) {
    notes.push("It has none of the values the template asks for, so all of it is shown.");
  }
  return { state: "shown", content, notes };
}
