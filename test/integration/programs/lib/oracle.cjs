// A second opinion on what was allocated and freed: an addon that counts below the tracer (test/integration/oracle),
// and the difference between its counts and the tracer's. V8's own flag for it, --trace-backing-store, says nothing in
// release builds of Node.
const { kSiteColumns } = require('../../../../dist/native.js');
const { addon } = require('./tracer.cjs');

/** The counting addon, which counts from now on; null unless ABTRACE_TEST_ORACLE names it. */
function loadOracle() {
  const file = process.env.ABTRACE_TEST_ORACLE;
  if (file === undefined) return null;
  const oracle = require(file);
  // V8 13.3, in Node 24, did away with Reallocate.
  oracle.count(Number.parseInt(process.versions.node, 10) < 24);
  return oracle;
}

/** Events so far, as both count them. @param {ReturnType<typeof loadOracle>} oracle */
function readEvents(oracle) {
  const counted = oracle.counts();
  const snapshot = addon().snapshot();
  const traced = { allocations: 0, allocatedBytes: 0, frees: 0, freedBytes: 0 };
  const column = Object.fromEntries(kSiteColumns.map((name, index) => [name, index]));
  for (let row = 0; row < snapshot.sites.length; row += kSiteColumns.length) {
    const read = (/** @type {string} */ name) => snapshot.sites[row + column[name]];
    if (read('pastAllocator') === 1) continue;
    traced.allocations += read('totalCount');
    traced.allocatedBytes += read('totalBytes');
    traced.frees += read('totalCount') - read('liveCount');
    traced.freedBytes += read('totalBytes') - read('liveBytes');
  }
  for (const thread of snapshot.threads) traced.freedBytes += thread.unknownGivenBackBytes;
  return { counted, traced };
}

/**
 * By how much the tracer's count of what happened between two readings differs from the oracle's. Frees of blocks
 * from before the tracer's start are known to it by their bytes only.
 * @param {ReturnType<typeof readEvents>} before
 * @param {ReturnType<typeof readEvents>} after
 */
function compareEvents(before, after) {
  const difference = (/** @type {string} */ name) =>
    after.traced[name] - before.traced[name] - (after.counted[name] - before.counted[name]);
  return {
    events: after.counted.allocations - before.counted.allocations,
    allocations: difference('allocations'),
    allocatedBytes: difference('allocatedBytes'),
    freedBytes: difference('freedBytes'),
  };
}

module.exports = { loadOracle, readEvents, compareEvents };
