// Random operations on the main thread; after each round the tracer's sum is held against Node's own.
// Arguments: seed, operations in all, thresholdBytes.
const { createOperations } = require('./lib/operations.cjs');
const { createRandom } = require('./lib/random.cjs');
const { compareEvents, loadOracle, readEvents } = require('./lib/oracle.cjs');
const { abtrace, changeOf, collectGarbage, dropsOf, exactBytesOf, report } = require('./lib/tracer.cjs');

const [seed, count, thresholdBytes] = process.argv.slice(2).map(Number);
const rounds = 10;
const random = createRandom(seed);
const operations = createOperations({ random, file: __filename, slots: 2000 });
// Some of what is alive at the start dies while traced.
operations.run(Math.min(2000, count / 10));

// What is dead already must not go between here and the first dump.
collectGarbage();
const oracle = loadOracle();
const bytesAtStart = process.memoryUsage().arrayBuffers;
abtrace.start({ thresholdBytes });
const before = abtrace.dump();
const eventsBefore = oracle && readEvents(oracle);
const checks = [];
for (let round = 0; round < rounds; round += 1) {
  operations.run(count / rounds);
  if (round === 3) operations.fail();
  const dump = abtrace.dump({ gc: true });
  checks.push({
    nodeBytes: dump.memory.arrayBuffersBytes - bytesAtStart,
    tracedBytes: changeOf(before, dump),
    coverageBytes: dump.coverage.arrayBuffersBytes - dump.memory.arrayBuffersBytes,
    remainderBytes: dump.coverage.remainderBytes,
    siteBytes: exactBytesOf(dump) - dump.coverage.attributedBytes,
    negative: dump.sites.filter(
      (site) => site.liveBytes < 0 || site.liveCount < 0 || site.liveBytes > 2 ** 40,
    ).length,
  });
}
const events = oracle && compareEvents(eventsBefore, readEvents(oracle));
const end = abtrace.dump({ gc: true });
operations.close();
report({ checks, events, drops: dropsOf(end) });
