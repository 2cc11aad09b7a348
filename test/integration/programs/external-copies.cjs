// Two copies of the package in one process, started and stopped in every order, while an addon brings memory along: each
// copy knows what was brought along while it traced, whose it is and when it is gone, and all is freed once.
// Arguments: the folders of the copies.
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { spellings, bringerName } = require('./lib/bringer.cjs');

/** Of the first spelling; each other one has twice the size of the one before, so that sums tell which are missing. */
const SIZE = 1000;
const COUNT = 3;
const copies = process.argv.slice(2, 4).map((folder) => require(folder));
const { collectGarbage } = require(path.join(process.argv[2], 'dist', 'native.js')).addon();
const bringer = require(process.env.ABTRACE_TEST_BRINGER);
const wrong = [];

/** Every order of two starts and two stops in which each copy stops after its start. */
const orders = ['AaBb', 'ABab', 'ABba', 'BbAa', 'BAab', 'BAba', 'AaAaBb', 'ABaAba', 'ABbBab', 'BAaAab'];

/** Memory that is freed under other copies than it was brought along under: by every spelling, one after the other. */
function outlive() {
  const kept = [];
  for (const spelling of spellings) kept.push(bringer.create(spelling, SIZE));
  return kept;
}
/** The spelling whose memory Node frees without telling the addon. */
const uncounted = 1;

function bring() {
  const kept = [];
  for (const [index, spelling] of spellings.entries())
    kept.push(bringer.createMany(spelling, SIZE << index, COUNT));
  return kept;
}
const broughtBytes = SIZE * ((1 << spellings.length) - 1) * COUNT;

/** What lives, by addon and function. */
function liveSites(copy) {
  const sites = copy.dump().sites.filter(({ kind, liveBytes }) => kind === 'external' && liveBytes > 0);
  return sites
    .filter(({ owner }) => owner?.function !== 'outlive')
    .map(({ addon, owner, liveBytes, liveCount }) => ({
      addon,
      owner: owner?.function,
      liveBytes,
      liveCount,
    }));
}

/** Collects until the addon has been told of all that nobody holds, and checks that it has been told right. */
async function settle(step, held) {
  const made = bringer.counts().made - held;
  for (let rounds = 0; rounds < 200 && bringer.counts().freed < made; rounds += 1) {
    collectGarbage(0);
    await sleep(2);
  }
  const { freed, wrong: wronglyFreed } = bringer.counts();
  if (freed !== made || wronglyFreed !== 0) wrong.push([step, 'freed', { made, freed, wronglyFreed }]);
}

async function work(step) {
  const tracing = copies.filter((copy) => copy.isTracing());
  bringer.lookUp();
  const kept = bring();
  const wanted = [
    { addon: bringerName, owner: 'bring', liveBytes: broughtBytes, liveCount: COUNT * spellings.length },
  ];
  for (const copy of tracing) {
    const seen = liveSites(copy);
    if (JSON.stringify(seen) !== JSON.stringify(wanted))
      wrong.push([step, copies.indexOf(copy), seen, wanted]);
  }
  kept.length = 0;
  await settle(step, spellings.length - uncounted);
  for (const copy of tracing) {
    const left = liveSites(copy);
    if (left.length > 0) wrong.push([step, copies.indexOf(copy), 'left', left]);
  }
}

async function main() {
  for (const order of orders) {
    let outliving = [];
    for (const [index, step] of [...order].entries()) {
      const copy = copies[step.toLowerCase() === 'a' ? 0 : 1];
      if (step === step.toUpperCase()) copy.start();
      else copy.stop();
      outliving = outlive();
      await work(`${order.slice(0, index)}(${step})`);
    }
    outliving.length = 0;
    await settle(order, 0);
  }
  console.log(
    JSON.stringify({ wrong: wrong.slice(0, 20), count: wrong.length, made: bringer.counts().made }),
  );
}

main();
