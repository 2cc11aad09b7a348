// Tells to which lines of a program the tracer has charged what.
const path = require('node:path');
const { abtrace, collectGarbage, dropsOf, report } = require('./tracer.cjs');

/** Starts tracing; what lies beside this file counts as a dependency. @param {object} [options] */
function trace(options = {}) {
  abtrace.start({ dependency: [path.join(__dirname, '*.cjs')], ...options });
}

/**
 * Live bytes by line of `file`; 0 stands for all other owners.
 * @param {import('abtrace').Dump} dump
 * @param {string} file
 */
function linesOf(dump, file) {
  /** @type {Record<string, number>} */
  const lines = {};
  // Parsers that are compiled to WebAssembly have memory of their own, made with the first request.
  for (const { owner, liveBytes } of dump.sites.filter(({ kind }) => kind !== 'wasm')) {
    const line = owner?.file === file ? owner.line : 0;
    lines[line] = (lines[line] ?? 0) + liveBytes;
  }
  return lines;
}

/**
 * Ends the program: reports what it kept beside what was charged.
 * @param {string} file the program
 * @param {Record<string, number>} kept bytes by the name that the lines are marked with
 */
function reportCharges(file, kept) {
  const dump = abtrace.dump({ gc: true });
  report({ kept, lines: linesOf(dump, file), drops: dropsOf(dump) });
}

module.exports = { abtrace, collectGarbage, linesOf, report, reportCharges, trace };
