// A job that takes the mean of small scratch arrays by the hundred thousand, and drops all of them.
'use strict';

function mean(step) {
  const scratch = new Float64Array(16);
  for (let i = 0; i < scratch.length; i += 1) scratch[i] = step + i;
  return scratch.reduce((sum, value) => sum + value, 0) / scratch.length;
}

let checksum = 0;
for (let step = 0; step < 300_000; step += 1) checksum += mean(step);

process.on('exit', () => {
  if (!(checksum > 0)) throw new Error('the means are wrong');
  console.log(JSON.stringify({ expectedBytes: 0 }));
});
