// Makes millions of promises in rounds and measures, after a full collection in each, what the tracer's tables and the
// process take. Arguments: promises, rounds.
const { addon, collectGarbage, report } = require('./lib/tracer.cjs');
const { trace } = require('./lib/charges.cjs');

const [promises, rounds] = process.argv.slice(2).map(Number);
const perRound = promises / rounds;
const resolved = Promise.resolve();

async function hop(depth) {
  await null;
  if (depth > 0) await hop(depth - 1);
}

/** About as many promises as asked for: awaits, chains, deep calls, races, generators. */
async function makePromises(count) {
  async function* generate(left) {
    while (left-- > 0) yield left;
  }
  let left = count;
  while (left > 0) {
    for (let i = 0; i < 1000; i += 1) await null;
    await Promise.all(Array.from({ length: 300 }, () => resolved.then(() => Buffer.alloc(300))));
    for (let i = 0; i < 20; i += 1) await hop(10);
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), hop(3)]);
    for await (const _ of generate(100));
    left -= 2000;
  }
}

function measure() {
  collectGarbage();
  const { tableBytes } = addon().snapshot();
  const { rss, heapUsed } = process.memoryUsage();
  return { tableBytes, rssBytes: rss, heapUsedBytes: heapUsed };
}

async function main() {
  trace();
  await makePromises(perRound);
  const samples = [measure()];
  for (let round = 1; round < rounds; round += 1) {
    await makePromises(perRound);
    samples.push(measure());
  }
  report(samples);
}

main();
