// Memory brought along that outlives what made or recorded it: a session, a thread, the addon itself.
const workerThreads = require('node:worker_threads');
const { abtrace, report } = require('./lib/tracer.cjs');
const {
  spellings,
  spellingsOfThread,
  loadBringer,
  collectUntil,
  liveExternal,
} = require('./lib/bringer.cjs');

const SIZE = 20_000;

function runWorker(data) {
  const worker = new workerThreads.Worker(__filename, { workerData: data });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', () => worker.terminate());
    worker.on('exit', resolve);
  });
}

/** Memory that is freed under another session than the one that recorded it, or under none. */
async function outliveSessions(bringer) {
  abtrace.start();
  let kept = spellings.flatMap((spelling) => bringer.createMany(spelling, SIZE, 3));
  const first = liveExternal().bytes;
  abtrace.stop();
  abtrace.start();
  const second = liveExternal().bytes;
  const more = bringer.createMany('napi-buffer', SIZE, 2);
  const bytes = kept.length * SIZE;
  kept = null;
  await collectUntil(() => bringer.counts().made - bringer.counts().freed === more.length);
  const third = liveExternal().bytes;
  abtrace.stop();
  return { first: first - bytes, second, third: third - more.length * SIZE };
}

async function main() {
  const rounds = Number(process.argv[2]);
  const bringer = loadBringer();
  const sessions = await outliveSessions(bringer);
  await collectUntil(() => bringer.counts().made === bringer.counts().freed);

  abtrace.start();
  const codes = new Set();
  for (let round = 0; round < rounds; round += 1) {
    codes.add(await runWorker({ end: round % 2 === 0 ? 'terminated' : 'by itself' }));
  }
  await collectUntil(() => liveExternal().count === 0);
  const { made, freed, wrong } = bringer.counts();
  const recorded = abtrace
    .dump()
    .sites.filter(({ kind }) => kind === 'external')
    .reduce((sum, { totalCount }) => sum + totalCount, 0);
  report({
    sessions,
    codes: [...codes].sort(),
    live: liveExternal(),
    unfreed: made - freed,
    wrong,
    recorded,
  });
}

if (workerThreads.isMainThread) main();
else {
  const bringer = loadBringer();
  // Kept until the thread ends: its free functions run as it is torn down.
  globalThis.kept = spellingsOfThread.map((spelling) => bringer.create(spelling, SIZE));
  if (workerThreads.workerData.end === 'terminated') workerThreads.parentPort.postMessage('ready');
}
