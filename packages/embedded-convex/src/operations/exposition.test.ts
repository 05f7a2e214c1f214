import { describe, expect, test } from "vitest";
import { parseExposition } from "../../test/exposition-parser.ts";
import { Histogram } from "../histogram.ts";
import type { ExecutionRecord } from "../rooms.ts";
import { ExecutionCounts } from "./execution-counts.ts";
import { counter, expositionOf, gauge, histogram } from "./exposition.ts";

describe("the format", () => {
  test("[METRICS1] families have HELP and TYPE, labels and help texts are escaped", () => {
    const path = 'odd"\\\n\u2028\tname';
    const text = expositionOf([
      counter("a_total", "one\nline, one \\", [{ labels: { path, type: "query" }, value: 3 }]),
      gauge("b", "none yet", []),
      gauge("c_bytes", "large and small", 1.5e21),
    ]);
    expect(text).toContain("# HELP a_total one\\nline, one \\\\\n# TYPE a_total counter\n");
    expect(text).toContain('a_total{path="odd\\"\\\\\\n\u2028\tname",type="query"} 3\n');
    const families = parseExposition(text);
    expect([...families.keys()]).toEqual(["a_total", "b", "c_bytes"]);
    expect(families.get("c_bytes")?.samples.get("c_bytes")).toBe(1.5e21);
  });

  test("[METRICS1] histograms are cumulative, with a sum, a count and +Inf", () => {
    const seconds = new Histogram([0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
    const series = [{ labels: { type: "query" }, histogram: seconds }];
    const families = parseExposition(expositionOf([histogram("t_seconds", "time", series)]));
    expect(Object.fromEntries(families.get("t_seconds")?.samples ?? [])).toEqual({
      't_seconds_bucket{type="query",le="0.1"}': 2,
      't_seconds_bucket{type="query",le="1"}': 3,
      't_seconds_bucket{type="query",le="+Inf"}': 4,
      't_seconds_sum{type="query"}': 7.65,
      't_seconds_count{type="query"}': 4,
    });
  });
});

describe("the parser itself", () => {
  test.each([
    ["no line feed at the end", "# HELP a x\n# TYPE a gauge\na 1"],
    ["a sample without a family", "a 1\n"],
    ["TYPE without HELP", "# TYPE a gauge\na 1\n"],
    ["a line break in a label", '# HELP a x\n# TYPE a gauge\na{b="c\nd"} 1\n'],
    ["a quote in a label", '# HELP a x\n# TYPE a gauge\na{b="c"d"} 1\n'],
    ["a series twice", "# HELP a x\n# TYPE a gauge\na 1\na 1\n"],
    ["a family in two places", "# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n"],
    ["no number", "# HELP a x\n# TYPE a gauge\na undefined\n"],
    ["another family's sample", "# HELP a x\n# TYPE a gauge\nb 1\n"],
    [
      "buckets that fall",
      '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    ["no +Inf", '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_sum 1\na_count 2\n'],
  ])("[METRICS1] %s is found", (_what, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});

describe("executions", () => {
  const record = (fields: Partial<ExecutionRecord>): ExecutionRecord => ({
    kind: "Completion",
    udfType: "Query",
    identifier: "a:b",
    componentPath: "",
    requestId: "r",
    timestamp: 0,
    executionTime: 0.02,
    logLines: [],
    error: null,
    cachedResult: false,
    caller: "SyncWorker",
    ...fields,
  });
  const samplesOf = (counts: ExecutionCounts) =>
    Object.fromEntries(
      [...parseExposition(expositionOf(counts.families())).values()].flatMap(({ samples }) => [
        ...samples,
      ]),
    );

  test("[METRICS3] executions count by path, and by type and outcome", () => {
    const counts = new ExecutionCounts();
    counts.record(record({}));
    counts.record(record({ error: "Uncaught Error" }));
    counts.record(record({ udfType: "Mutation", identifier: "dir/m.js:c" }));
    counts.record(record({ kind: "Progress", udfType: "Action" }));
    counts.record(record({ cachedResult: true }));
    expect(samplesOf(counts)).toMatchObject({
      'convex_function_executions_total{path="a:b"}': 2,
      'convex_function_executions_total{path="dir/m:c"}': 1,
      'convex_executions_total{type="query",outcome="success"}': 1,
      'convex_executions_total{type="query",outcome="failure"}': 1,
      'convex_executions_total{type="mutation",outcome="success"}': 1,
      'convex_executions_total{type="action",outcome="success"}': 0,
      'convex_execution_seconds_count{type="query"}': 2,
      'convex_execution_seconds_bucket{type="query",le="0.01"}': 0,
      'convex_execution_seconds_bucket{type="query",le="0.025"}': 2,
    });
  });

  test("[METRICS3] paths that clients make up get no series", () => {
    const counts = new ExecutionCounts();
    for (let n = 0; n < 5_000; n++) {
      counts.record(record({ identifier: `no:such${n}`, error: "Could not find" }));
      counts.record(record({ udfType: "HttpAction", identifier: `GET /x${n}` }));
    }
    const paths = Object.keys(samplesOf(counts)).filter((name) => name.includes("{path="));
    expect(paths).toEqual(['convex_function_executions_total{path="(other)"}']);
    for (let n = 0; n < 5_000; n++) counts.record(record({ identifier: `real:fn${n}` }));
    const all = Object.keys(samplesOf(counts)).filter((name) => name.includes("{path="));
    expect(all.length).toBeLessThan(2_002);
  });
});
