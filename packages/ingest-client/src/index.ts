/** What a source uses to send posts to Heliograph. */
export { type Clock, systemClock } from "./clock.ts";
export { type Delivery, IngestRefusedError, type ItemResult, type Retry } from "./delivery.ts";
export type {
  DeleteEvent,
  Embed,
  EventAttachment,
  EventAuthor,
  PostEvent,
  SourceEvent,
} from "./events.ts";
export { OutboxBusyError } from "./file-lock.ts";
export { type FileOutbox, openFileOutbox } from "./file-outbox.ts";
export { IngestClient, type IngestClientOptions } from "./ingest-client.ts";
export { createMemoryOutbox, type Outbox, type OutboxEntry } from "./outbox.ts";
export { OutboxDamagedError } from "./outbox-lines.ts";
