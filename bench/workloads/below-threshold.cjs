// An allocation and its free below the threshold, counted in one process: loops with tracing on and off take turns, so
// that neither the machine nor the layout of memory tells them apart. Figures: the CPU time that each mode adds, by the
// median of the differences to the untraced loop of the same round.
// Argument: bytes of a block.
const abtrace = require('../..');
const { cpuNs, report, scaled } = require('../measure.cjs');

const blockBytes = Number(process.argv[2]);
const rounds = scaled(40);
const perRound = scaled(8_000);
const below = { thresholdBytes: 2 ** 40, causes: false, workers: false };
const modes = {
  'plain again': null,
  'sampling off': { ...below, sampleBytes: 0 },
  'a sample each 512 KiB': { ...below, sampleBytes: 512 * 1024 },
  'a sample each 64 KiB': { ...below, sampleBytes: 64 * 1024 },
  'a sample each 16 KiB': { ...below, sampleBytes: 16 * 1024 },
  'a sample each 4 KiB': { ...below, sampleBytes: 4 * 1024 },
  'all of them': { ...below, thresholdBytes: 0 },
};

function loop(count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += new ArrayBuffer(blockBytes).byteLength;
  return bytes;
}

function timeOf(mode) {
  if (mode !== null) abtrace.start(mode);
  const startNs = cpuNs();
  loop(perRound);
  const elapsedNs = cpuNs() - startNs;
  if (mode !== null) abtrace.stop();
  return elapsedNs / perRound;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

loop(perRound);
const names = Object.keys(modes);
const plainNs = [];
const addedNs = Object.fromEntries(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  const base = timeOf(null);
  plainNs.push(base);
  for (let i = 0; i < names.length; i++) {
    const name = names[(i + round) % names.length];
    addedNs[name].push(timeOf(modes[name]) - base);
  }
}
report({
  unit: 'allocation',
  nsPerOperation: median(plainNs),
  cpuNsPerOperation: median(plainNs),
  figures: Object.fromEntries(names.map((name) => [`${name}, adds (ns)`, median(addedNs[name])])),
});
