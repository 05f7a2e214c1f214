/** Routes of the simulator itself, under /_sim: what the page and tests in other processes use. */
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { readProduct } from "../catalogue/catalogue.ts";
import { readFaults } from "../deliveries/faults.ts";
import { type Fields, isFields, readWhole } from "../fields.ts";
import { Refusal, refuse } from "../refusal.ts";
import type { Sim } from "../sim.ts";
import { readBulk, startBulk } from "./bulk.ts";
import { readAction, readOrder, readProvider } from "./read-action.ts";
import { sameOrigin } from "./same-origin.ts";
import { stateOf, viewOf } from "./state.ts";

const MAX_ADVANCE_MS = 20 * 365 * 86_400_000;
const GATHER_MS = 100; // changes within that time are told once
const PULSE_MS = 15_000; // keeps browsers from taking a quiet stream for a dead one

export function simRoutes(sim: Sim, reportBug: (error: Error) => void): Hono {
  const routes = new Hono();
  routes.use(sameOrigin());
  routes.onError((error) => {
    if (!(error instanceof Refusal)) reportBug(error);
    const { code, message, status, param } =
      error instanceof Refusal ? error : new Refusal(500, "internal", "The simulator has a bug.");
    return Response.json({ code, message, ...(param !== undefined && { param }) }, { status });
  });
  return routes
    .route("/", looking(sim))
    .route("/", purchasing(sim))
    .route("/", delivering(sim))
    .post("/advance", async (c) => {
      const ms = readWhole(await readJson(c), "ms", { max: MAX_ADVANCE_MS });
      if (ms === undefined) throw refuse.invalid("ms", "ms is required.");
      await sim.clock.advance(ms);
      sim.changes.tell();
      return c.json({ nowMs: sim.clock.nowMs() });
    })
    .post("/catalogue", async (c) => {
      const fields = await readJson(c);
      const catalogue = sim.catalogues[readProvider(fields.provider)];
      const product = catalogue.add(readProduct(fields.product));
      sim.changes.tell();
      return c.json({ product, plans: catalogue.plansOf(product.id) }, 201);
    });
}

function looking(sim: Sim): Hono {
  return new Hono()
    .get("/state", (c) => c.json(stateOf(sim)))
    .get("/events", (c) =>
      streamSSE(c, async (stream) => {
        const send = (event: string) => void stream.writeSSE({ event, data: "{}" });
        let gathering: NodeJS.Timeout | undefined;
        const stop = sim.changes.listen(() => {
          gathering ??= setTimeout(() => {
            gathering = undefined;
            send("changed");
          }, GATHER_MS).unref();
        });
        send("hello");
        const pulse = setInterval(() => send("pulse"), PULSE_MS).unref();
        await new Promise<void>((resolve) => {
          stream.onAbort(() => {
            clearTimeout(gathering);
            clearInterval(pulse);
            stop();
            resolve();
          });
        });
      }),
    );
}

function purchasing(sim: Sim): Hono {
  return new Hono()
    .get("/purchases", (c) => c.json(sim.purchases()))
    .post("/purchases", async (c) => {
      const { provider, ...order } = readOrder(await readJson(c));
      const purchase = sim.providers[provider].buy(order);
      sim.changes.tell();
      return c.json(purchase, 201);
    })
    .post("/purchases/:provider/:id/actions", async (c) => {
      const provider = readProvider(c.req.param("provider"));
      return c.json(sim.act(provider, c.req.param("id"), readAction(await readJson(c))));
    })
    .post("/bulk", async (c) => c.json(startBulk(sim, readBulk(await readJson(c))), 201));
}

function delivering({ courier }: Sim): Hono {
  return new Hono()
    .get("/deliveries", (c) => c.json(courier.deliveries().map(viewOf)))
    .get("/deliveries/:id", (c) => {
      const id = c.req.param("id");
      const delivery = courier.deliveries().find((known) => known.id === id);
      if (delivery === undefined) throw refuse.missing("delivery", id);
      return c.json(delivery);
    })
    .post("/deliveries/:id/again", (c) => c.json(viewOf(courier.again(c.req.param("id"))), 201))
    .get("/faults", (c) => c.json(courier.faults))
    .put("/faults", async (c) => {
      courier.setFaults(readFaults(await readJson(c)));
      return c.json(courier.faults);
    })
    .post("/settle", async (c) => {
      await courier.settle();
      return c.json(courier.counts());
    });
}

/** An empty body reads as no fields. */
async function readJson(c: Context): Promise<Fields> {
  const text = await c.req.text();
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // the same refusal as JSON that is no object
  }
  throw refuse.invalid("body", "The body must be a JSON object.");
}
