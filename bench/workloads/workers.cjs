// Workers that allocate blocks of 1 KiB all at once: what threads take from each other. It is
// the CPU time that matters.
// Argument: number of workers.
const threads = require('node:worker_threads');
const { measure } = require('../measure.cjs');

const operations = 100_000;

function loop(count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += new ArrayBuffer(1024).byteLength;
  return bytes;
}

async function main() {
  const number = Number(process.argv[2]);
  const workers = Array.from({ length: number }, () => new threads.Worker(__filename));
  const allocate = (count) =>
    Promise.all(
      workers.map((worker) => {
        worker.postMessage(count / number);
        return new Promise((resolve) => worker.once('message', resolve));
      }),
    );
  await allocate(number);
  await measure({
    unit: 'allocation',
    operations: operations * number,
    multipleOf: number,
    run: allocate,
  });
}

if (threads.isMainThread) main();
else threads.parentPort.on('message', (count) => threads.parentPort.postMessage(loop(count)));
