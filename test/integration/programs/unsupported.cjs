// The allocator seems to be of a class that nobody knows: abtrace says so, and leaves the program alone.
// Argument: `main` or `worker`, the thread whose allocator it is.
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const abtrace = require('abtrace');
const oracle = require(process.env.ABTRACE_TEST_ORACLE);

function attempt() {
  oracle.hideClass();
  const said = [1, 2].map(() => {
    try {
      abtrace.start();
      return null;
    } catch (error) {
      return {
        name: error.name,
        code: error.code,
        message: error.message,
        known: error instanceof abtrace.AbtraceError,
      };
    }
  });
  // Memory works as ever.
  const kept = Array.from({ length: 100 }, (_, i) => structuredClone(new ArrayBuffer(i * 10)));
  return {
    said,
    tracing: abtrace.isTracing(),
    works: kept.every((buffer, i) => buffer.byteLength === i * 10),
  };
}

if (!isMainThread) parentPort.postMessage(attempt());
else if (process.argv[2] === 'main') console.log(JSON.stringify(attempt()));
else new Worker(__filename).on('message', (result) => console.log(JSON.stringify(result)));
