// Allocates from code of every shape while the addon compares each hit of its stack cache with a fresh walk
// (ABTRACE_INTERNAL_VERIFY=1), and collects garbage now and then, which moves and flushes code.
// Arguments: allocations to reach, stackDepth, seed.
const { abtrace, addon, changeOf, collectGarbage, dropsOf, report } = require('./lib/tracer.cjs');
const { createRandom } = require('./lib/random.cjs');

const [count, stackDepth, seed] = process.argv.slice(2).map(Number);
process.env.ABTRACE_INTERNAL_VERIFY = '1';
collectGarbage();
const bytesAtStart = process.memoryUsage().arrayBuffers;
abtrace.start({ thresholdBytes: 0, stackDepth });

const { asynchronous, synchronous } = require('./fixtures/shapes.cjs');
const random = createRandom(seed);
const before = abtrace.dump();
/** @type {unknown[]} */
const kept = new Array(100).fill(null);
let allocations = 0;

const keep = (/** @type {unknown} */ value) => {
  allocations += 1;
  kept[random.below(kept.length)] = value;
  return value;
};
const leaves = [
  () => keep(new ArrayBuffer(100)),
  () => keep(new Uint8Array(200)),
  () => keep(Buffer.alloc(300)),
  () => keep(Buffer.from('x'.repeat(9000))),
  () => keep([1].map(() => new Float64Array(20))),
  () => keep(structuredClone(new ArrayBuffer(150))),
  function named() {
    return keep(new SharedArrayBuffer(120));
  },
  () => keep(new TextEncoder().encode('text'.repeat(40))),
];

async function main() {
  const shapes = Object.values(synchronous);
  const later = Object.values(asynchronous);
  for (let turn = 0; allocations < count; turn += 1) {
    const leaf = random.pick(leaves);
    random.pick(shapes)(leaf, random.below(1000));
    // The same path again, straight after: a hit of what was just cached.
    for (let again = random.below(4); again > 0; again -= 1) random.pick(shapes)(leaf, 5);
    if (turn % 20 === 0) await random.pick(later)(leaf, random.below(1000));
    if (turn % 3000 === 1500) collectGarbage();
  }
  const dump = abtrace.dump({ gc: true });
  report({
    allocations,
    mismatches: addon().snapshot().cacheMismatches,
    difference: changeOf(before, dump) - (dump.memory.arrayBuffersBytes - bytesAtStart),
    remainderBytes: dump.coverage.remainderBytes,
    sites: dump.sites.length,
    ownerless: dump.sites.filter((site) => site.stack !== null && site.owner === null).length,
    drops: dropsOf(dump),
  });
}

main();
