// Memory brought along on four threads at once, most of it given back at once: nothing is left of it in the end.
// Arguments: how many creations in all.
const workerThreads = require('node:worker_threads');
const { abtrace, report, dropsOf } = require('./lib/tracer.cjs');
const {
  spellings,
  spellingsOfThread,
  loadBringer,
  collectUntil,
  liveExternal,
} = require('./lib/bringer.cjs');

const BATCH = 50;
const THREADS = 4;

/** Creates so many blocks, in batches of each spelling in turn. */
async function createAll(bringer, count, names) {
  for (let done = 0; done < count; done += BATCH) {
    bringer.createMany(names[(done / BATCH) % names.length], 300 + (done % 5000), BATCH);
    if (done % (BATCH * 40) === 0) await new Promise(setImmediate);
  }
}

async function main() {
  const count = Number(process.argv[2]);
  abtrace.start();
  const bringer = loadBringer();
  const workers = Array.from(
    { length: THREADS - 1 },
    () => new workerThreads.Worker(__filename, { workerData: { count: count / THREADS } }),
  );
  const ends = workers.map((worker) => new Promise((resolve) => worker.on('exit', resolve)));
  await createAll(bringer, count / THREADS, spellings);
  const codes = await Promise.all(ends);
  const isDone = () => liveExternal().count === 0 && bringer.counts().made === bringer.counts().freed;
  await collectUntil(isDone);
  const { made, freed, wrong } = bringer.counts();
  const dump = abtrace.dump();
  const external = dump.sites.filter(({ kind }) => kind === 'external');
  report({
    codes,
    made,
    unfreed: made - freed,
    wronglyFreed: wrong,
    live: liveExternal(),
    recorded: external.reduce((sum, { totalCount }) => sum + totalCount, 0),
    threads: new Set(external.map(({ thread }) => thread)).size,
    remainderBytes: dump.coverage.remainderBytes,
    drops: dropsOf(dump),
  });
}

if (workerThreads.isMainThread) main();
else {
  const bringer = loadBringer();
  createAll(bringer, workerThreads.workerData.count, spellingsOfThread).then(() =>
    workerThreads.parentPort.close(),
  );
}
