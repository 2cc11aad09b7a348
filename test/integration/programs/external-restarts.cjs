// Memory brought along in three threads at once while tracing starts and stops again and again: nothing is freed twice,
// nor left. Arguments: how many starts.
const workerThreads = require('node:worker_threads');
const { abtrace, report } = require('./lib/tracer.cjs');
const {
  spellings,
  spellingsOfThread,
  loadBringer,
  collectUntil,
  liveExternal,
} = require('./lib/bringer.cjs');

const BATCH = 5;
const THREADS = 2;

/** One session; returns whether it saw what this thread brought along. */
function trace(bringer, round) {
  abtrace.start({ causes: round % 2 === 0 });
  const kept = bringer.createMany(spellings[round % spellings.length], 1000, BATCH);
  const { bytes } = liveExternal();
  abtrace.stop();
  return bytes >= kept.length * 1000;
}

async function main() {
  const starts = Number(process.argv[2]);
  const bringer = loadBringer();
  const isOver = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: THREADS },
    () => new workerThreads.Worker(__filename, { workerData: isOver }),
  );
  const ends = workers.map((worker) => new Promise((resolve) => worker.on('exit', resolve)));
  let recorded = 0;
  for (let round = 0; round < starts; round += 1) {
    if (trace(bringer, round)) recorded += 1;
    if (round % 10 === 0) await new Promise(setImmediate);
  }
  Atomics.store(isOver, 0, 1);
  const codes = await Promise.all(ends);
  await collectUntil(() => bringer.counts().made === bringer.counts().freed);
  const { made, freed, wrong } = bringer.counts();
  report({ codes, recorded, many: made > starts * BATCH, unfreed: made - freed, wrong });
}

async function createUntil(isOver) {
  const bringer = loadBringer();
  for (let round = 0; Atomics.load(isOver, 0) === 0; round += 1) {
    bringer.createMany(spellingsOfThread[round % spellingsOfThread.length], 1000 + (round % 500), BATCH);
    if (round % 20 === 0) await new Promise(setImmediate);
  }
}

if (workerThreads.isMainThread) main();
else createUntil(workerThreads.workerData);
