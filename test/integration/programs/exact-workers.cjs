// Random operations in workers and on the main thread at once, which send each other what they made: buffers outlive
// their threads and are freed on others. At the end each thread's bytes are held against what Node says in that thread.
// Arguments: seed, operations for each worker, workers.
const { abtrace, collectGarbage, dropsOf, report } = require('./lib/tracer.cjs');

const { isMainThread } = require('node:worker_threads');
const { compareEvents, loadOracle, readEvents } = require('./lib/oracle.cjs');

// Below the tracer, and so before it.
const oracle = isMainThread ? loadOracle() : null;
if (isMainThread) abtrace.start({ thresholdBytes: 0 });

const { MessageChannel, Worker, receiveMessageOnPort, workerData } = require('node:worker_threads');
const { createOperations } = require('./lib/operations.cjs');
const { createRandom } = require('./lib/random.cjs');

/** Does operations and passes on what it makes, around the ring of threads. */
function work({ seed, count, inbox, outbox }) {
  const random = createRandom(seed);
  const operations = createOperations({ random, file: __filename, slots: 500 });
  const kept = operations.kept;
  const receive = () => {
    for (let message = receiveMessageOnPort(inbox); message; message = receiveMessageOnPort(inbox)) {
      kept[random.below(kept.length)] = message.message;
    }
  };
  const send = () => {
    const buffer = new ArrayBuffer(random.below(5000));
    const view = new Uint8Array(random.below(2000));
    outbox.postMessage({ buffer, view, shared: new SharedArrayBuffer(random.below(300)) }, [
      buffer,
      view.buffer,
    ]);
    outbox.postMessage(new Float64Array(random.below(300)));
  };
  for (let done = 0; done < count; done += 50) {
    operations.run(50);
    send();
    receive();
  }
  return { kept, receive, close: operations.close };
}

/** All threads pass together. */
function meet(state, threads, phase) {
  Atomics.add(state, phase, 1);
  Atomics.notify(state, phase);
  for (let there = Atomics.load(state, phase); there < threads; there = Atomics.load(state, phase)) {
    Atomics.wait(state, phase, there, 1000);
  }
}

/** After the first collection others may free what this thread allocated, and the other way round. */
function settle(state, threads, receive) {
  meet(state, threads, 0);
  receive();
  meet(state, threads, 1);
  collectGarbage();
  meet(state, threads, 2);
  collectGarbage();
  meet(state, threads, 3);
}

if (isMainThread) {
  const [seed, count, workers] = process.argv.slice(2).map(Number);
  const threads = workers + 1;
  const state = new Int32Array(new SharedArrayBuffer(64));
  const ring = Array.from({ length: threads }, () => new MessageChannel());
  const end = (/** @type {number} */ i) => ({ inbox: ring[i].port1, outbox: ring[(i + 1) % threads].port2 });
  const running = [];
  const bytesIn = new Map();
  for (let i = 1; i < threads; i += 1) {
    const { inbox, outbox } = end(i);
    const options = {
      workerData: { seed: seed + i, count, inbox, outbox, state, threads },
      transferList: [inbox, outbox],
    };
    const worker = new Worker(__filename, options);
    running.push(worker);
    worker.on('error', (error) => {
      throw error;
    });
    worker.on('message', (bytes) => {
      bytesIn.set(worker.threadId, bytes);
      if (bytesIn.size === workers) finish();
    });
  }
  meet(state, threads, 5);
  const eventsBefore = readEvents(oracle);
  meet(state, threads, 6);
  const own = work({ seed, count, ...end(0) });
  settle(state, threads, own.receive);

  const finish = () => {
    const events = compareEvents(eventsBefore, readEvents(oracle));
    const dump = abtrace.dump();
    bytesIn.set(0, dump.memory.arrayBuffersBytes);
    const differences = dump.process.threads.map(
      (thread) => thread.arrayBuffersBytes - bytesIn.get(thread.id),
    );
    own.kept.length = 0;
    own.close();
    for (const channel of ring) channel.port1.close();
    meet(state, threads, 4);
    const gone = running.map((worker) => new Promise((resolve) => worker.on('exit', resolve)));
    Promise.all(gone).then(() => {
      const last = abtrace.dump({ gc: true });
      report({
        differences,
        events,
        remainderBytes: dump.coverage.remainderBytes,
        lastRemainderBytes: last.coverage.remainderBytes,
        lastBytes: last.process.threads.map((thread) => thread.arrayBuffersBytes - thread.liveBytes),
        deadBytes: last.process.threads
          .filter((thread) => !thread.alive)
          .map((thread) => thread.arrayBuffersBytes),
        drops: dropsOf(last),
      });
    });
  };
} else {
  const { parentPort } = require('node:worker_threads');
  const { state, threads } = workerData;
  meet(state, threads, 5);
  meet(state, threads, 6);
  const own = work(workerData);
  settle(state, threads, own.receive);
  parentPort.postMessage(process.memoryUsage().arrayBuffers);
  meet(state, threads, 4);
  own.close();
}
