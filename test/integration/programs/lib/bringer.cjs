// What the programs use of the addon that brings memory along (test/integration/bringer), and what abtrace says of it.
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { abtrace, collectGarbage, dropsOf } = require('./tracer.cjs');

const nodeMajor = Number.parseInt(process.versions.node, 10);

/** Every way to hand memory over; the last is new in Node 22. */
const spellings = [
  'napi-buffer',
  'napi-arraybuffer',
  'napi-table',
  'napi-looked-up',
  'buffer-new',
  'buffer-owned',
  'array-store',
  'shared-store',
  ...(nodeMajor >= 22 ? ['napi-shared'] : []),
];

/** Those whose memory is freed by the thread that made it, at the latest when it ends. */
const spellingsOfThread = ['napi-buffer', 'napi-arraybuffer', 'napi-table', 'napi-looked-up', 'buffer-new'];

/** What a dump calls the addon. */
const bringerName = path.basename(process.env.ABTRACE_TEST_BRINGER ?? '', '.node');

/** The addon, loaded now. */
function loadBringer() {
  return require(process.env.ABTRACE_TEST_BRINGER);
}

/** Collects garbage until `isDone`, since free functions are called later: by the event loop, by other threads. */
async function collectUntil(isDone) {
  for (let rounds = 0; rounds < 200 && !isDone(); rounds += 1) {
    collectGarbage();
    await sleep(5);
  }
  return isDone();
}

/** The sites of external memory in a dump of now. */
function externalSites() {
  return abtrace.dump().sites.filter(({ kind }) => kind === 'external');
}

function liveExternal() {
  const sites = externalSites();
  return {
    bytes: sites.reduce((sum, { liveBytes }) => sum + liveBytes, 0),
    count: sites.reduce((sum, { liveCount }) => sum + liveCount, 0),
  };
}

module.exports = {
  spellings,
  spellingsOfThread,
  bringerName,
  loadBringer,
  collectUntil,
  externalSites,
  liveExternal,
  dropsOf,
  sleep,
};
