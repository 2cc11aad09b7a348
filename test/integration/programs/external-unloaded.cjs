// An addon that is loaded in workers alone, and so unloaded with each of them: its memory is gone, nothing crashes.
// Arguments: how many workers.
const workerThreads = require('node:worker_threads');
const { abtrace, report } = require('./lib/tracer.cjs');
const { spellingsOfThread, loadBringer, liveExternal } = require('./lib/bringer.cjs');

async function main() {
  abtrace.start();
  const rounds = Number(process.argv[2]);
  for (let round = 0; round < rounds; round += 1) {
    const worker = new workerThreads.Worker(__filename);
    await new Promise((resolve) => worker.on('exit', resolve));
  }
  const external = abtrace.dump().sites.filter(({ kind }) => kind === 'external');
  report({
    live: liveExternal(),
    recorded: external.reduce((sum, { totalCount }) => sum + totalCount, 0) / rounds,
    addons: [...new Set(external.map(({ addon }) => addon))],
  });
}

if (workerThreads.isMainThread) main();
else {
  const bringer = loadBringer();
  globalThis.kept = spellingsOfThread.map((spelling) => bringer.create(spelling, 20_000));
}
