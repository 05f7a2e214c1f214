/** The frame of every hosted page: plain, without scripts, and honest about what it is. */
import { html } from "hono/html";

export type Markup = ReturnType<typeof html>;

/** No scripts at all. Forms may lead to the seller's site, so their targets are not limited. */
export const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin", // "no-referrer" would make the Origin of a form "null"
  "Cache-Control": "no-store",
};

export function layout(provider: string, title: string, body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Simulated ${provider}</title>
        <link rel="icon" href="/page/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/page/page.css" />
      </head>
      <body class="hosted">
        <header class="bar"><p class="brand">Simulated ${provider}</p></header>
        <main class="sheet" id="main">
          <h1>${title}</h1>
          ${body}
        </main>
        <footer class="faint">Nothing is charged here, and no card is ever asked for.</footer>
      </body>
    </html>`;
}

export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: currency.toUpperCase(),
  }).format(amount / 100);
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function notice(text: string | undefined): Markup | string {
  return text === undefined ? "" : html`<p class="notice" role="alert">${text}</p>`;
}

export function emailField(value: string, fixed: boolean): Markup {
  return html`<label for="email">E-mail</label>
    <input
      id="email"
      name="email"
      type="email"
      autocomplete="email"
      required
      value="${value}"
      ${fixed ? "readonly" : ""}
    />`;
}
