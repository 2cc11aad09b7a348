// Calls every exported function in every state that a thread can be in, and prints how each call went.
// One line of output for each state: {state: {function: outcome}}.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');
const workerThreads = require('node:worker_threads');
const abtrace = require('abtrace');

const { isMainThread, parentPort, workerData } = workerThreads;
const folder = isMainThread ? fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-state-')) : workerData.folder;
const options = { thresholdBytes: 1000 };

/** Made before all: reading and comparing needs no tracer. */
const dumpFile = workerData?.dumpFile ?? path.join(folder, 'dump.json');

function outcomeOf(call) {
  try {
    const result = call();
    if (result instanceof Promise) {
      result.catch(() => {});
      return 'promise';
    }
    return result === undefined ? 'ok' : typeof result === 'object' ? 'object' : String(result);
  } catch (error) {
    return error.code === undefined ? error.name : `${error.name} ${error.code}`;
  }
}

/** Dumps that were under way may still put files there, on other threads. */
function remove(directory) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      return fs.rmSync(directory, { recursive: true, force: true });
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** All functions, but for those that would change the state. */
function probe() {
  const file = path.join(folder, `${Math.random()}.json`);
  const outcomes = {
    isTracing: outcomeOf(() => abtrace.isTracing()),
    dump: outcomeOf(() => abtrace.dump()),
    dumpCollected: outcomeOf(() => abtrace.dump({ gc: true })),
    writeDumpSync: outcomeOf(() => (abtrace.writeDumpSync(file) === file ? undefined : 'another path')),
    writeDump: outcomeOf(() => abtrace.writeDump(file)),
    label: outcomeOf(() => abtrace.label('name', () => 7)),
    labelThrows: outcomeOf(() => abtrace.label({ a: 'b' }, () => JSON.parse('{'))),
    estimateRetainers: outcomeOf(() => abtrace.estimateRetainers()),
    readDump: outcomeOf(() => abtrace.readDump(dumpFile)),
    topSites: outcomeOf(() => abtrace.topSites(abtrace.readDump(dumpFile))),
    diff: outcomeOf(() => abtrace.diff(abtrace.readDump(dumpFile), abtrace.readDump(dumpFile))),
    explainCoverage: outcomeOf(() => abtrace.explainCoverage(abtrace.readDump(dumpFile))),
    judge: outcomeOf(() => abtrace.judge(abtrace.readDump(dumpFile))),
    // It goes on by itself, through states of its own: test/integration/no-growth.test.ts.
    assertNoGrowth: outcomeOf(() => abtrace.assertNoGrowth(undefined)),
    startOther: abtrace.isTracing() ? outcomeOf(() => abtrace.start({ thresholdBytes: 7 })) : 'not tried',
    startWrong: outcomeOf(() => abtrace.start({ thresholdBytes: -1 })),
    startAgain: abtrace.isTracing() ? outcomeOf(() => abtrace.start(options)) : 'not tried',
  };
  for (const name of ['toCollapsed', 'toCsv', 'toHeapProfile', 'toPprof', 'toSpeedscope'])
    outcomes[name] = outcomeOf(() => void abtrace[name](abtrace.readDump(dumpFile)));
  const watched = outcomeOf(() => abtrace.dumpWhen('rss>100%', { directory: folder }).stop());
  // In a worker it is refused.
  outcomes.dumpWhen = isMainThread === (watched === 'ok') ? 'as it should' : watched;
  outcomes.exportDump = outcomeOf(
    () => void abtrace.exportDump(abtrace.readDump(dumpFile), { format: 'csv' }),
  );
  return outcomes;
}

/** What becomes of the promise. */
async function tellWritten(state) {
  const file = path.join(folder, 'written.json');
  const outcome = await abtrace.writeDump(file).then(
    (name) => (name === file ? 'ok' : 'another path'),
    (error) => `${error.name} ${error.code}`,
  );
  tell(`${state}, written`, { writeDump: outcome });
}

function tell(state, outcomes = probe()) {
  fs.writeSync(1, `${JSON.stringify({ [state]: outcomes })}\n`);
}

/** Tells of a worker that was started in this state of the main thread. */
function inWorker(state) {
  // Not taken out of the module: once started, abtrace has put its own there.
  const worker = new workerThreads.Worker(__filename, { workerData: { state, folder, dumpFile } });
  return new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
}

async function main() {
  abtrace.start(options);
  abtrace.writeDumpSync(dumpFile);
  abtrace.stop();

  tell('idle');
  await tellWritten('idle');
  await inWorker('worker, idle');
  tell('started', { start: outcomeOf(() => abtrace.start(options)) });
  tell('tracing');
  await tellWritten('tracing');
  await inWorker('worker, tracing');
  tell('stopped', { stop: outcomeOf(() => abtrace.stop()), stopAgain: outcomeOf(() => abtrace.stop()) });
  tell('after stop');
  abtrace.start(options);
  tell('started again');
  await inWorker('worker, started again');
  await new Promise((resolve) => {
    process.once('uncaughtException', () => {
      tell('uncaughtException');
      resolve();
    });
    setTimeout(() => {
      throw new Error('on purpose');
    });
  });
  await new Promise((resolve) => {
    abtrace.label('outer', () => setTimeout(() => resolve(tell('under a label'))));
  });
  vm.runInNewContext('tell("in a vm context")', { tell });
  const tidy = process.argv[2] === 'idle at exit';
  if (tidy) abtrace.stop();
  process.on('exit', () => {
    tell(tidy ? 'exit, idle' : 'exit, tracing');
    if (tidy) {
      tell('exit, started', { start: outcomeOf(() => abtrace.start(options)) });
      tell('exit, tracing since');
    }
    tell('exit, stopped', { stop: outcomeOf(() => abtrace.stop()) });
    remove(folder);
  });
  process.once('beforeExit', () => tell(tidy ? 'beforeExit, idle' : 'beforeExit, tracing'));
}

async function worker() {
  const { state } = workerData;
  tell(state);
  if (state === 'worker, idle') {
    tell('worker, start', { start: outcomeOf(() => abtrace.start(options)) });
    tell('worker, tracing by itself');
    tell('worker, stop', { stop: outcomeOf(() => abtrace.stop()) });
  }
  process.on('exit', () => tell(`${state}, exit`));
  parentPort.close();
}

if (isMainThread) main();
else worker();
