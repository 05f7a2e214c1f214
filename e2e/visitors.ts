/**
 * People at the pages: each in a browser context of their own, of which everything is taken down
 * that a page must not do: errors, broken policies, and secrets in the address of a request.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { CHROMIUM_FLAGS, findChromium } from "../tools/browser/chromium.ts";

export interface Visitor {
  readonly page: Page;
  /** Console errors, uncaught errors and broken policies, without those that were expected. */
  readonly problems: () => string[];
  /** Addresses of everything the page asked for, sockets included. */
  readonly requested: readonly string[];
}

export interface VisitOptions extends BrowserContextOptions {
  /** How far the visitor's clock is ahead. */
  readonly clockAheadMs?: number;
  /** What the browser itself will say about an outage or a refusal that the test brings about. */
  readonly expected?: RegExp;
}

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error("No Chromium: name its binary in CHROMIUM_PATH");
  return await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
}

/** Opens the address in a context of its own. */
export async function visit(
  browser: Browser,
  address: string,
  { clockAheadMs = 0, expected, ...options }: VisitOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext(options);
  if (clockAheadMs !== 0) await context.addInitScript(setClock, clockAheadMs);
  await context.addInitScript(tellBrokenPolicies);
  const page = await context.newPage();
  const problems: string[] = [];
  const requested: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => requested.push(request.url()));
  page.on("websocket", (socket) => requested.push(socket.url()));
  await page.goto(address);
  return {
    page,
    problems: () => problems.filter((problem) => expected?.test(problem) !== true),
    requested,
  };
}

/** Runs in the page before anything else: the machine's clock, wrong by so much and going right. */
function setClock(aheadMs: number): void {
  const RightDate = Date;
  const now = () => RightDate.now() + aheadMs;
  window.Date = new Proxy(RightDate, {
    apply: () => new RightDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
  });
  const timeOrigin = performance.timeOrigin + aheadMs;
  Object.defineProperty(performance, "timeOrigin", { get: () => timeOrigin });
}

/** Runs in the page: a report-only or quiet violation reaches the console as an error too. */
function tellBrokenPolicies(): void {
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    // biome-ignore lint/suspicious/noConsole: it runs in the page, where this is how the test hears of it
    console.error(`policy broken: ${violatedDirective} by ${blockedURI}`);
  });
}
