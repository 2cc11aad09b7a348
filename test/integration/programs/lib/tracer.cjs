// What the programs use of abtrace: the built package of this checkout, and the addon below it.
const abtrace = require('abtrace');
const { addon } = require('../../../../dist/native.js');

/** A full collection of this thread, after which its dead buffers are freed; others are asked, and not waited for. */
function collectGarbage() {
  addon().collectGarbage(0);
}

/** The counts of a dump's drops, by the word before the colon. @param {import('abtrace').Dump} dump */
function dropsOf(dump) {
  return Object.fromEntries(dump.drops.map(({ reason, count }) => [reason.split(':')[0], count]));
}

/** Live bytes of the sites that passed the allocator, but the sampled ones. @param {import('abtrace').Dump} dump */
function exactBytesOf(dump) {
  return dump.sites.reduce((sum, site) => sum + (site.sampled || site.pastAllocator ? 0 : site.liveBytes), 0);
}

/**
 * What the tracer says has changed since `before`: bytes that it saw taken and that live, less those from before its
 * start that are gone.
 * @param {import('abtrace').Dump} before
 * @param {import('abtrace').Dump} after
 */
function changeOf(before, after) {
  const traced =
    after.coverage.attributedBytes + after.coverage.tracerBytes + after.coverage.belowThresholdBytes;
  return traced - (before.coverage.beforeStartBytes - after.coverage.beforeStartBytes);
}

/** Ends the program: the test reads this line. @param {unknown} result */
function report(result) {
  console.log(JSON.stringify(result));
}

module.exports = { abtrace, addon, collectGarbage, dropsOf, exactBytesOf, changeOf, report };
