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
 */
async function measure({ unit, operations, run, warmUp = operations / 10, multipleOf = 1 }) {
  await run(scaled(warmUp, multipleOf));
  const count = scaled(operations, multipleOf);
  const start = { wallNs: wallNs(), cpuNs: cpuNs() };
  await run(count);
  report({
    unit,
    nsPerOperation: (wallNs() - start.wallNs) / count,
    cpuNsPerOperation: (cpuNs() - start.cpuNs) / count,
  });
}

function wallNs() {
  return Number(process.hrtime.bigint());
}

/** CPU time of all threads of the process: what others take from the machine is not in it. */
function cpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * Ends the process: bench/main.mjs reads this line. What a profiler keeps open must not hold it.
 * @param {{unit: string, nsPerOperation: number, cpuNsPerOperation: number, figures?: Record<string, number>}} result
 */
function report(result) {
  console.log(JSON.stringify(result));
  process.exit();
}

module.exports = { cpuNs, measure, report, scaled };
