// Memory brought along in every spelling: recorded with its line and addon, gone with its bytes.
// Arguments: when the addon is loaded, before start or after it.
const { abtrace, report } = require('./lib/tracer.cjs');
const {
  spellings,
  bringerName,
  loadBringer,
  collectUntil,
  externalSites,
  liveExternal,
} = require('./lib/bringer.cjs');

const SIZE = 10_000;
const COUNT = 7;

async function main() {
  const early = process.argv[2] === 'before' ? loadBringer() : null;
  abtrace.start();
  const bringer = early ?? loadBringer();
  const wrong = [];
  for (const spelling of spellings) {
    const before = bringer.counts();
    let kept = bringer.createMany(spelling, SIZE, COUNT);
    const [site, ...others] = externalSites().filter(({ liveBytes }) => liveBytes > 0);
    const bytes = kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const seen = {
      others: others.length,
      bytes: site?.liveBytes,
      count: site?.liveCount,
      addon: site?.addon,
      via: site?.owner?.via,
      owner: site?.owner?.file === __filename,
    };
    const wanted = { others: 0, bytes, count: COUNT, addon: bringerName, via: 'stack', owner: true };
    if (bytes !== SIZE * COUNT || JSON.stringify(seen) !== JSON.stringify(wanted))
      wrong.push({ spelling, seen });
    kept = null;
    const gone = await collectUntil(
      () => liveExternal().bytes === 0 && bringer.counts().freed - before.freed === COUNT,
    );
    if (!gone) wrong.push({ spelling, left: liveExternal(), counts: bringer.counts() });
  }
  const links = bringer.links();
  abtrace.stop();
  // What a stopped tracer leaves behind still works.
  for (const spelling of spellings) bringer.createMany(spelling, SIZE, COUNT);
  await collectUntil(() => bringer.counts().made === bringer.counts().freed);
  const { made, freed, wrong: wronglyFreed } = bringer.counts();
  report({ wrong, links, unfreed: made - freed, wronglyFreed });
}

main();
