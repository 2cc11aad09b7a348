// A signal pipeline built from typed array methods; the filtered signals pile up in a statistics object.
'use strict';

const SAMPLES = 30_000;
const signal = Float32Array.from({ length: SAMPLES }, (_, i) => Math.sin(i / 10));

const statistics = { filtered: [] }; // RETAINER name=filtered

function lowPass(factor) {
  const smooth = signal.map((value, i) => value * factor + (signal[i - 1] ?? 0) * (1 - factor)); // OWNER
  statistics.filtered.push(smooth);
}

function loudness(factor) {
  return signal.map((value) => Math.abs(value) * factor).reduce((sum, value) => sum + value, 0);
}

for (let run = 0; run < 90; run += 1) {
  lowPass(run / 90);
  loudness(run / 90);
}

process.on('exit', () => {
  const bytes = statistics.filtered.reduce((sum, values) => sum + values.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
