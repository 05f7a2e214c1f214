import { expect, test } from "vitest";
import { connectionPhase } from "./connection-phase.ts";

const state = (
  isWebSocketConnected: boolean,
  hasEverConnected: boolean,
  connectionRetries = 0,
) => ({
  isWebSocketConnected,
  hasEverConnected,
  connectionRetries,
});

test("the first tries are connecting, later ones reconnecting", () => {
  expect(connectionPhase(state(false, false), true)).toBe("connecting");
  expect(connectionPhase(state(false, true, 1), true)).toBe("reconnecting");
});

test("an open socket is live whatever the browser says of the network", () => {
  expect(connectionPhase(state(true, true), true)).toBe("live");
  expect(connectionPhase(state(true, true), false)).toBe("live");
});

test("no network, or four failed tries in a row, is offline", () => {
  expect(connectionPhase(state(false, true), false)).toBe("offline");
  expect(connectionPhase(state(false, false, 4), true)).toBe("offline");
});
