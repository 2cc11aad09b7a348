// Runs one workload after a warm-up and prints one line of JSON for bench/main.mjs. With ABTRACE_BENCH_SCALE below 1
// it does so much less of it.

const scale = Number(process.env.ABTRACE_BENCH_SCALE ?? '1');

/** A whole number of operations, at this run's scale. @param {number} count @param {number} [multipleOf] */
function scaled(count, multipleOf = 1) {
  return Math.max(1, Math.round((count * scale) / multipleOf)) * multipleOf;
}

/**
 * @param {object} workload
 * @param {string} workload.unit what one operation is
 * @param {number} workload.operations
 * @param {(count: number) => unknown} workload.run
 * @param {number} [workload.warmUp] operations of the warm-up; default a tenth
 * @param {number} [workload.multipleOf] operations come in so many at once
 * @param {'wall' | 'cpu'} [workload.clock] which time counts; `cpu` is that of all threads of the process
 */
async function measure({ unit, operations, run, warmUp = operations / 10, multipleOf = 1, clock = 'wall' }) {
  const now = clock === 'cpu' ? cpuNs : () => Number(process.hrtime.bigint());
  await run(scaled(warmUp, multipleOf));
  const count = scaled(operations, multipleOf);
  const startNs = now();
  await run(count);
  report({ unit, nsPerOperation: (now() - startNs) / count });
}

function cpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * Ends the process: bench/main.mjs reads this line. What a profiler keeps open must not hold it.
 * @param {{unit: string, nsPerOperation: number, figures?: Record<string, number>}} result
 */
function report(result) {
  console.log(JSON.stringify(result));
  process.exit();
}

module.exports = { measure, report, scaled };
