// Metrics of a running program: Prometheus text, prom-client, OpenTelemetry's SDK, and profiles pushed to a server that
// answers, answers wrongly, never answers, or is not there.
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type FakePyroscope, startFakePyroscope } from './fake-pyroscope';
import { isStressed, packageFolder, runSource } from './support';

let server: FakePyroscope | undefined;
afterEach(() => server?.close());

const library = (name: string) => JSON.stringify(require.resolve(name, { paths: [packageFolder] }));

/** A program that keeps 20 MB by `keepAll`, and 1 MB by `keepOne`. */
const LEAK = `
const abtrace = require('abtrace');
const metrics = require('abtrace/metrics');
abtrace.start();
const kept = [];
function keepAll(count) { for (let i = 0; i < count; i++) kept.push(Buffer.alloc(1_000_000)); }
function keepOne() { kept.push(Buffer.alloc(1_000_000)); }
keepAll(20);
keepOne();
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`;

describe('prometheusText', () => {
  it('shows the top owners, sums the others, and reads no more often than it may', async () => {
    const source = `${LEAK}
const first = metrics.prometheusText({ topOwners: 1 });
keepAll(1);
const second = metrics.prometheusText({ topOwners: 1 });
const third = metrics.prometheusText({ topOwners: 1, minIntervalMs: 0 });
console.log(JSON.stringify({ first, same: first === second, third }));`;
    const { first, same, third } = (await runSource(source)) as Record<string, string>;
    expect(first).toMatch(/^abtrace_tracing 1$/m);
    expect(first).toMatch(
      /^abtrace_owner_live_bytes\{function="keepAll",file="[^"]+",line="6",package=""\} 20000000$/m,
    );
    expect(first).toMatch(/^abtrace_owner_live_allocations\{function="keepAll".*\} 20$/m);
    expect(first).toMatch(
      /^abtrace_owner_live_bytes\{function="\(other\)",file="",line="0",package=""\} 1\d{6}$/m,
    );
    expect(first?.match(/^abtrace_owner_live_bytes/gm)).toHaveLength(2);
    expect(same).toBe(true);
    // However short the interval, readings take a hundredth of the time at most.
    expect(third).toMatch(/^abtrace_owner_live_bytes\{function="keepAll".*\} 2[01]000000$/m);
  });
});

describe('registerPromClient', () => {
  it("serves the same through prom-client's registry", async () => {
    const source = `${LEAK}
const client = require(${library('prom-client')});
metrics.registerPromClient({ topOwners: 3 });
client.register.metrics().then((text) => console.log(JSON.stringify({ text })));`;
    const { text } = (await runSource(source)) as { text: string };
    expect(text).toMatch(
      /^abtrace_owner_live_bytes\{function="keepAll",file="[^"]+",line="6",package=""\} 20000000$/m,
    );
    expect(text).toMatch(/^abtrace_coverage_bytes\{category="attributed"\} \d+$/m);
  });
});

describe('observeOpenTelemetry', () => {
  it('is exported by the SDK, until it is stopped', async () => {
    const source = `${LEAK}
const { metrics: api } = require(${library('@opentelemetry/api')});
const sdk = require(${library('@opentelemetry/sdk-metrics')});
const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.DELTA);
const reader = new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6, exportTimeoutMillis: 1e5 });
api.setGlobalMeterProvider(new sdk.MeterProvider({ readers: [reader] }));
const stop = metrics.observeOpenTelemetry({ topOwners: 1 });
(async () => {
  await reader.forceFlush();
  stop();
  const points = exporter.getMetrics().at(-1).scopeMetrics[0].metrics.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ value, attributes }) => ({ name: descriptor.name, unit: descriptor.unit, value, attributes })));
  exporter.reset();
  await reader.forceFlush();
  const after = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics.filter((metric) => metric.dataPoints.length > 0)));
  await reader.shutdown();
  console.log(JSON.stringify({ points, after: after.length }));
})();`;
    const { points, after } = (await runSource(source)) as { points: object[]; after: number };
    expect(points).toContainEqual({
      name: 'abtrace.owner.live_bytes',
      unit: 'By',
      value: 20_000_000,
      attributes: {
        'code.function.name': 'keepAll',
        'code.file.path': expect.stringMatching(/\.cjs$/),
        'code.line.number': 6,
      },
    });
    expect(points).toContainEqual(
      expect.objectContaining({ name: 'abtrace.coverage', attributes: { 'abtrace.category': 'attributed' } }),
    );
    expect(after).toBe(0);
  });
});

/** Runs a program that pushes to a server which answers as planned. */
async function push(program: string, options: object, answers: Answer[] = []) {
  server = await startFakePyroscope(answers);
  const all = { url: server.url, name: 'shop', firstPauseMs: 1, ...options };
  const source = `${LEAK}
const problems = [];
const push = metrics.pushToPyroscope({ ...${JSON.stringify(all)}, onProblem: (problem) => problems.push(problem) });
(async () => {
  ${program}
  console.log(JSON.stringify({ stats: push.stats(), problems, ...globalThis.more }));
})();`;
  return (await runSource(source)) as {
    stats: Record<string, unknown>;
    problems: string[];
    dump: {
      coverage: { tracerBytes: number };
      sites: { stack: number | null; liveBytes: number; totalBytes: number }[];
    };
    longestMs: number;
  };
}

describe('pushToPyroscope', () => {
  it('sends profiles that a server reads, with what was allocated since the last', async () => {
    const options = { tags: { region: 'eu', env: 'test' }, headers: { 'x-scope-orgid': 'team' } };
    const { stats, problems } = await push(
      'await push.pushNow(); keepAll(3); await push.pushNow(); await push.stop();',
      options,
    );
    expect(problems).toEqual([]);
    expect(stats).toEqual({ sent: 3, failedAttempts: 0, dropped: 0, queued: 0, problem: null });
    const [first, second] = server?.requests ?? [];
    expect(first?.path).toBe('/ingest');
    expect(first?.query).toMatchObject({ name: 'shop{region=eu,env=test}', spyName: 'nodespy' });
    expect(Number(first?.query.until)).toBeGreaterThanOrEqual(Number(first?.query.from));
    expect(first?.headers['x-scope-orgid']).toBe('team');
    expect(first?.sampleTypeConfig).toMatchObject({
      inuse_space: { units: 'bytes', aggregation: 'average' },
    });
    expect(Object.keys(first?.totals ?? {})).toEqual([
      'inuse_objects/count',
      'inuse_space/bytes',
      'alloc_objects/count',
      'alloc_space/bytes',
    ]);
    expect(first?.totals['inuse_space/bytes']).toBeGreaterThanOrEqual(21_000_000);
    expect(second?.totals['inuse_space/bytes']).toBeGreaterThanOrEqual(24_000_000);
    // Only what came since the first: three buffers, and little else.
    expect(second?.totals['alloc_space/bytes']).toBeGreaterThanOrEqual(3_000_000);
    expect(second?.totals['alloc_space/bytes']).toBeLessThan(5_000_000);
    expect(first?.stacks.join('\n')).toMatch(/ ← keepAll ← /);
  });

  it('shows what it allocates itself as its own', async () => {
    const { dump } = await push(
      `for (let i = 0; i < 20; i++) await push.pushNow();
  await push.stop();
  globalThis.more = { dump: abtrace.dump({ gc: true }) };`,
      { timeoutMs: 60_000 },
    );
    // Blocks that sockets read into, and give back before anybody knows whose they are, count as nobody's.
    const known = dump.sites.filter(({ stack, liveBytes }) => stack !== null || liveBytes > 0);
    expect(known.reduce((sum, site) => sum + site.totalBytes, 0)).toBeLessThan(21_100_000);
    expect(known.reduce((sum, site) => sum + site.liveBytes, 0)).toBeGreaterThanOrEqual(21_000_000);
  });

  it('tries again after errors that pass, and says them once', async () => {
    const answers: Answer[] = [
      { status: 500, body: 'starting' },
      { status: 503 },
      { status: 429, headers: { 'retry-after': '0' } },
    ];
    const { stats, problems } = await push(
      'await push.pushNow(); while (push.stats().sent < 1) await later(5); await push.stop();',
      {},
      answers,
    );
    expect(problems).toEqual(['the server answered 500: starting']);
    expect(stats).toEqual({ sent: 2, failedAttempts: 3, dropped: 0, queued: 0, problem: null });
  });

  it('gives up what the server refuses', async () => {
    const { stats, problems } = await push(
      'await push.pushNow(); while (push.stats().dropped < 1) await later(5);',
      {},
      [{ status: 401, body: 'who are you?' }],
    );
    expect(problems).toEqual(['the server answered 401: who are you?']);
    expect(stats).toMatchObject({ sent: 0, failedAttempts: 1, dropped: 1, queued: 0 });
  });

  it('bounds how long a server may take, and never holds the program up', async () => {
    const { stats, problems, longestMs } = await push(
      `let longestMs = 0;
  let last = performance.now();
  const ticks = setInterval(() => { longestMs = Math.max(longestMs, performance.now() - last); last = performance.now(); }, 5);
  await push.pushNow();
  while (push.stats().dropped < 1) await later(5);
  clearInterval(ticks);
  globalThis.more = { longestMs };`,
      { timeoutMs: 300, mostAttempts: 2 },
      ['never', 'never', 'never'],
    );
    expect(problems).toEqual(['no answer within 300 ms']);
    expect(stats).toMatchObject({ sent: 0, failedAttempts: 2, dropped: 1 });
    if (!isStressed) expect(longestMs).toBeLessThan(290);
  });

  it('does not keep a program from ending, whether the server answers or not', async () => {
    for (const answer of ['never', { status: 200 }] as Answer[]) {
      const startMs = Date.now();
      await push('await push.pushNow();', { timeoutMs: 100_000, intervalMs: 50_000 }, [answer]);
      expect(Date.now() - startMs).toBeLessThan(45_000);
      server?.close();
    }
  });

  it('counts a server that is not there, and does nothing else', async () => {
    server = await startFakePyroscope();
    server.close();
    const source = `${LEAK}
const push = metrics.pushToPyroscope({ url: ${JSON.stringify(server.url)}, firstPauseMs: 1, mostAttempts: 3 });
(async () => {
  await push.pushNow();
  while (push.stats().dropped < 1) await later(5);
  await push.pushNow();
  while (push.stats().dropped < 2) await later(5);
  console.log(JSON.stringify(push.stats()));
})();`;
    expect(await runSource(source)).toMatchObject({ sent: 0, failedAttempts: 6, dropped: 2, queued: 0 });
  });
});
