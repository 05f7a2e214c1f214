import { INGEST_LIMITS, type SourceEvent as IngestEvent } from "@heliograph/domain";
import { expect, expectTypeOf, test } from "vitest";
import { REQUEST_LIMITS, type SourceEvent } from "./events.ts";

test("[SEND2] the client's events and limits are those of ingest", () => {
  expectTypeOf<SourceEvent>().toEqualTypeOf<IngestEvent>();
  expect(REQUEST_LIMITS).toEqual({
    events: INGEST_LIMITS.eventsPerRequest,
    bodyBytes: INGEST_LIMITS.bodyBytes,
  });
});
