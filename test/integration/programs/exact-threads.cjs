// Blocks of this thread's allocator, taken and given back on threads that know no JavaScript, as V8's own background
// threads do. Argument: rounds.
const { abtrace, collectGarbage, dropsOf, report } = require('./lib/tracer.cjs');
const oracle = require(process.env.ABTRACE_TEST_ORACLE);

const rounds = Number(process.argv[2]);
collectGarbage();
abtrace.start({ thresholdBytes: 0 });
const wrong = [];

/** What the tracer holds without a stack, and whether all of it adds up. */
function check(expectedBytes, expectedCount, when) {
  const dump = abtrace.dump({ gc: true });
  const site = dump.sites.find(({ stack, cause }) => stack === null && cause === null);
  if ((site?.liveBytes ?? 0) !== expectedBytes || (site?.liveCount ?? 0) !== expectedCount)
    wrong.push([when, site]);
  if (dump.coverage.remainderBytes !== 0) wrong.push([when, dump.coverage]);
  if (dump.coverage.arrayBuffersBytes !== dump.memory.arrayBuffersBytes) wrong.push([when, dump.memory]);
  return dump;
}

let last;
for (let round = 0; round < rounds; round += 1) {
  const bytes = 1 + round * 100;
  const blocks = oracle.allocateOnThreads(bytes, 200, 4);
  check(bytes * 800, 800, `${round} taken`);
  oracle.freeOnThreads(blocks, bytes, 3);
  last = check(0, 0, `${round} given back`);
}
// Given back after the tracer has stopped, and to one that has not seen them.
const blocks = oracle.allocateOnThreads(1000, 100, 2);
abtrace.stop();
oracle.freeOnThreads(blocks.splice(0, 50), 1000, 2);
abtrace.start({ thresholdBytes: 0 });
oracle.freeOnThreads(blocks, 1000, 2);
check(0, 0, 'after a stop');
report({ wrong, reasons: Object.keys(dropsOf(last)) });
