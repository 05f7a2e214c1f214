/** The process itself, under the names Prometheus' own clients use. */
import { counter, type Family, gauge } from "./exposition.ts";

export function processFamilies(): readonly Family[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const startedAtSeconds = Math.round((Date.now() - process.uptime() * 1000) / 1000);
  return [
    counter(
      "process_cpu_seconds_total",
      "Processor time of all threads, in seconds.",
      (user + system) / 1e6,
    ),
    gauge("process_resident_memory_bytes", "Resident memory of all threads.", rss),
    gauge(
      "process_start_time_seconds",
      "When the process started, since the epoch.",
      startedAtSeconds,
    ),
    gauge("nodejs_heap_used_bytes", "Heap in use by the main thread.", heapUsed),
    gauge("nodejs_external_memory_bytes", "Memory of buffers outside of the heap.", external),
  ];
}
