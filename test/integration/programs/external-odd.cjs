// Creations that are not quite what they seem, refused ones, those without JavaScript, and memory that is declared.
const { abtrace, collectGarbage, report } = require('./lib/tracer.cjs');
const { bringerName, loadBringer, collectUntil, externalSites, liveExternal } = require('./lib/bringer.cjs');

/** Of all sites: how many creations were recorded. */
function recorded() {
  return externalSites().reduce((sum, { totalCount }) => sum + totalCount, 0);
}

/** An addon keeps a connection for this function; its callbacks have no code on the stack. */
function connect(bringer) {
  bringer.openContext();
}

async function main() {
  const bringer = loadBringer();
  const oddities = ['no-result', 'exception-pending', 'too-long', 'empty', 'nothing', 'borrowed'];
  const plain = oddities.map((what) => String(bringer.odd(what)?.byteLength ?? bringer.odd(what)));
  const wrongBefore = bringer.counts().wrong;
  abtrace.start({ thresholdBytes: 1000 });
  const traced = oddities.map((what) => String(bringer.odd(what)?.byteLength ?? bringer.odd(what)));
  const afterRefused = { recorded: recorded(), live: liveExternal() };

  let kept = [bringer.odd('no-finalizer'), ...bringer.odd('twice'), bringer.create('napi-buffer', 999)];
  const three = { ...liveExternal(), sum: kept.reduce((sum, { byteLength }) => sum + byteLength, 0) };
  kept = null;
  const isGone = await collectUntil(() => liveExternal().count === 0);

  // Five GiB that nobody touches, a part of another block, and memory made by the free function of memory that goes.
  const odd = [bringer.odd('no-finalizer'), bringer.odd('inside'), bringer.odd('huge')];
  const lengths = odd.map(({ byteLength }) => byteLength).sort((a, b) => b - a);
  const overlapping = liveExternal().bytes - lengths.reduce((sum, length) => sum + length, 0);
  odd.length = 0;
  bringer.odd('from-finalizer');
  const before30 = recorded();
  const isChainGone = await collectUntil(
    () => recorded() === before30 + 1 && liveExternal().count === 0 && bringer.counts().liveBytes === 0,
  );

  const later = await bringer.createLater('napi-buffer', 50_000);
  const [ofLater] = externalSites().filter(({ liveBytes }) => liveBytes === 50_000);
  const onThread = bringer.createOnThread(60_000);
  const [ofThread] = externalSites().filter(({ liveBytes }) => liveBytes === 60_000);

  connect(bringer);
  collectGarbage();
  const ofConnection = await bringer.createLater('napi-buffer', 70_000);
  const [connected] = externalSites().filter(({ liveBytes }) => liveBytes === 70_000);

  const before = bringer.declare('napi', 0);
  const adjusted = [
    bringer.declare('napi', 5000),
    bringer.declare('v8', 700),
    bringer.declare('napi', -5700),
  ];
  const dump = abtrace.dump();
  const declared = dump.declared.map(({ addon, owner, increasedBytes, decreasedBytes, calls }) => ({
    addon: addon === bringerName,
    owner: owner?.file === __filename,
    increasedBytes,
    decreasedBytes,
    calls,
  }));
  report({
    same: JSON.stringify(plain) === JSON.stringify(traced),
    plain,
    wrong: bringer.counts().wrong - wrongBefore,
    afterRefused,
    three,
    isGone,
    lengths,
    overlapping,
    isChainGone,
    later: { bytes: later.length, via: ofLater?.owner?.via, owner: ofLater?.owner?.function },
    onThread: { bytes: onThread.byteLength, stack: ofThread?.stack, addon: ofThread?.addon === bringerName },
    connected: { bytes: ofConnection.length, via: connected?.owner?.via, owner: connected?.owner?.function },
    adjusted: adjusted.map((bytes) => bytes - before),
    declared,
  });
}

main();
