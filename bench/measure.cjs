// Runs one workload after a warm-up and prints one line of JSON for bench/main.mjs.

/**
 * @param {{unit: string, operations: number, run: () => unknown, warmUp: () => unknown}} workload
 */
async function measure({ unit, operations, run, warmUp }) {
  await warmUp();
  const start = process.hrtime.bigint();
  await run();
  const elapsedNs = Number(process.hrtime.bigint() - start);
  console.log(JSON.stringify({ unit, nsPerOperation: elapsedNs / operations }));
}

module.exports = { measure };
