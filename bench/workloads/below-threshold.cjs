// An allocation and its free below the threshold, counted in one process: blocks of the loop with tracing on and off
// take turns, so that neither the machine nor the layout of memory tells them apart. Figures: what either mode adds.
const abtrace = require('../..');
const { report, scaled } = require('../measure.cjs');

const blockBytes = 1024;
const rounds = scaled(120, 2);
const perRound = scaled(40_000);
const off = { thresholdBytes: 2 ** 40, causes: false, workers: false };
const modes = [null, { ...off, sampleBytes: 0 }, { ...off, sampleBytes: 16_384 }, null];

function loop(count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += new ArrayBuffer(blockBytes).byteLength;
  return bytes;
}

function timeOf(mode) {
  if (mode !== null) abtrace.start(mode);
  const startNs = process.hrtime.bigint();
  loop(perRound);
  const elapsedNs = Number(process.hrtime.bigint() - startNs);
  if (mode !== null) abtrace.stop();
  return elapsedNs / perRound;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

loop(perRound);
const samples = modes.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < modes.length; i++) {
    const mode = (i + round) % modes.length;
    samples[mode].push(timeOf(modes[mode]));
  }
}
const [plainNs, countedNs, sampledNs, againNs] = samples.map(median);
report({
  unit: 'allocation',
  nsPerOperation: plainNs,
  figures: {
    'plain again, adds (ns)': againNs - plainNs,
    'sampling off, adds (ns)': countedNs - plainNs,
    'sampled each 16 KiB, adds (ns)': sampledNs - plainNs,
  },
});
