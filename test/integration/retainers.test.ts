// Retaining paths of programs that run: every way to hold memory, threads, dumps in a row while a server answers, and
// other tools at the heap at the same time.
import { describe, expect, it } from 'vitest';
import { isStressed, runSource } from './support';

/** Prints, for each buffer size that is asked about, the path that holds it: kind of root and text. */
const tell = `
const { pathParts } = require(require.resolve('abtrace').replace(/\\w+\\.js$/, 'analysis/retainers.js'));
function tell(dump, wanted) {
  const told = {};
  for (const [name, bytes] of Object.entries(wanted)) {
    const site = dump.sites.find(({ liveBytes, liveCount }) => liveBytes === bytes * liveCount && liveCount > 0);
    const [first] = site?.retainers ?? [];
    const path = dump.paths[first?.path];
    told[name] = path ? path.root.kind + ': ' + pathParts(dump, path).join(' → ') : 'nothing';
  }
  return told;
}
`;

describe('retaining paths', () => {
  it('name what holds memory, however it is held', async () => {
    const told = await runSource(`
      const abtrace = require('abtrace');
      const { AsyncLocalStorage } = require('node:async_hooks');
      ${tell}
      abtrace.start({ thresholdBytes: 1 });
      const byMap = new Map([['key', { chunks: [new Uint8Array(1101), new Uint8Array(1101)] }]]);
      class Store {
        static kept = [new ArrayBuffer(1102)];
        #hidden = new Set([Buffer.alloc(1103)]);
        get size() { return this.#hidden.size; }
      }
      const store = new Store();
      globalThis.onGlobal = { deep: new DataView(new ArrayBuffer(1104)) };
      const makeTimer = () => { const inTimer = new Uint8Array(1105); setTimeout(() => inTimer, 1e7).unref(); };
      makeTimer();
      async function suspended() {
        const awaited = [new Uint8Array(1106)];
        await new Promise((resolve) => setTimeout(resolve, 1e7).unref());
        return awaited;
      }
      const key = {};
      const weakly = new WeakMap([[key, new Uint8Array(1107)]]);
      const bound = function () {}.bind({ self: new Uint8Array(1108) });
      const cachedBySymbol = { [Symbol('secret')]: new Uint8Array(1109) };
      let list = null;
      for (let i = 0; i < 500; i += 1) list = { next: list, data: new Uint8Array(1110) };
      const byId = {};
      for (let i = 0; i < 60; i += 1) byId['id-' + i] = new Uint8Array(1111);
      const emitter = new (require('node:events'))();
      const listen = () => { const heard = new Uint8Array(1112); emitter.on('x', () => heard); };
      listen();
      const weakRef = new WeakRef(byMap);
      const slice = Buffer.alloc(40_000).subarray(0, 16);
      {
        let count = 0;
        const inBlock = [new Uint8Array(1113)];
        globalThis.reach = () => { count += 1; inBlock.push(0); };
      }
      for (const turn of [{ seen: new Uint8Array(1114) }]) globalThis.reachTurn = () => turn;
      const touch = () => [byMap, Store, store, weakly, key, bound, cachedBySymbol, list, byId, emitter, weakRef, slice];
      suspended();
      setTimeout(() => {
        const dump = abtrace.dump({ retainers: true });
        touch();
        const pinned = dump.sites.find(({ liveBytes }) => liveBytes === 40_000)?.pinned;
        const sums = dump.sites.filter(({ retainers }) => retainers).map(({ liveBytes, retainers, heldNatively }) =>
          liveBytes - retainers.reduce((sum, { bytes }) => sum + bytes, 0) - (heldNatively?.bytes ?? 0));
        console.log(JSON.stringify({
          ...tell(dump, { byMap: 1101, kept: 1102, hidden: 1103, onGlobal: 1104, inTimer: 1105, awaited: 1106,
            weakly: 1107, bound: 1108, symbol: 1109, list: 1110, byId: 1111, listener: 1112, inBlock: 1113, inLoop: 1114 }),
          pinned, unaccounted: sums.filter((bytes) => bytes !== 0),
          counts: dump.sites.filter(({ liveBytes }) => liveBytes === 1110 * 500).map(({ retainers }) => retainers[0].count),
          walks: dump.walks.map(({ thread, status }) => thread + status), drops: dump.drops,
        }));
      }, 20);
    `);
    expect(told).toMatchObject({
      byMap: 'module: byMap Map → entry → .chunks Array[] → Uint8Array',
      kept: 'module: Store class → .kept Array[] → ArrayBuffer',
      hidden: 'module: store Store → .#hidden Set → entry Buffer',
      onGlobal: 'global: onGlobal Object → .deep DataView',
      inTimer: 'timer: Timeout → ._onTimeout anonymous() → inTimer Uint8Array',
      awaited: expect.stringMatching(/^timer: Timeout .* awaited Array\[\] → Uint8Array$/),
      weakly: 'module: key Object → value in weakly WeakMap Uint8Array',
      symbol: 'module: cachedBySymbol Object → [secret] Uint8Array',
      list: 'module: list Object → .next → .next… → .data Uint8Array',
      byId: 'module: byId Object → .* Uint8Array',
      inBlock: 'module: inBlock Array[] → Uint8Array',
      inLoop: 'global: reachTurn anonymous() → turn → .seen Uint8Array',
      pinned: { heldBytes: 40_000, usedBytes: 16, count: 1, views: 1 },
      unaccounted: [],
      walks: ['0done'],
    });
    expect(told).toHaveProperty(
      'bound',
      expect.stringMatching(/^module: bound .*bound this → .self Uint8Array$/),
    );
    expect(told).toHaveProperty(
      'listener',
      expect.stringMatching(/^module: emitter EventEmitter → ._events.* → heard Uint8Array$/),
    );
    expect(told).toHaveProperty('counts', [expect.any(Number)]);
  });

  it('tell of buffers that were never recorded, and of what no buffer reaches', async () => {
    const told = (await runSource(`
      const before = new ArrayBuffer(3_000_000);
      const abtrace = require('abtrace');
      ${tell}
      abtrace.start();
      const blobs = [1, 2, 3].map(() => new Blob([new Uint8Array(222_222)]));
      const { port1, port2 } = new MessageChannel();
      for (let i = 0; i < 4; i += 1) {
        const { buffer } = new Uint8Array(333_333);
        port1.postMessage(buffer, [buffer]);
      }
      const touch = () => [before, blobs, port1, port2];
      setTimeout(() => {
        const dump = abtrace.dump({ gc: true, retainers: true });
        touch();
        const found = dump.sites.filter((site) => site.found && site.liveBytes >= 1e6);
        const native = dump.sites.filter(({ heldNatively }) => heldNatively?.bytes > 1e5);
        console.log(JSON.stringify({
          ...tell(dump, { before: 3_000_000, blobs: 222_222, messages: 333_333 }),
          found: found.map(({ kind, stack, liveBytes }) => [kind, stack, liveBytes]),
          native: native.map(({ heldNatively }) => heldNatively),
        }));
        process.exit(0);
      }, 50);
    `)) as { native: { bytes: number; holders: string[] }[] };
    expect(told).toMatchObject({
      before: 'module: before ArrayBuffer',
      blobs: expect.stringMatching(/^module: blobs Array\[\] → Blob/),
      messages: expect.stringMatching(/^module: port/),
      found: [['array-buffer', null, 3_000_000]],
    });
    expect(told.native.map(({ bytes, holders }) => [bytes, ...holders]).sort()).toEqual([
      [1_333_332, 'messages queued on a port'],
      [666_666, 'the store of a Blob'],
    ]);
  });

  it('are those of samples below the threshold, and of memory that grows', async () => {
    const told = (await runSource(`
      const abtrace = require('abtrace');
      abtrace.start({ sampleBytes: 1024 });
      const { holdingOf, pathParts } = require(require.resolve('abtrace').replace(/\\w+\\.js$/, 'analysis/retainers.js'));
      const small = [];
      for (let i = 0; i < 20_000; i += 1) small.push(new Uint8Array(100));
      const grown = [new SharedArrayBuffer(40_000, { maxByteLength: 400_000 })];
      grown[0].grow(300_000);
      const bytes = new Uint8Array([
        0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 17, 2, 6, 109, 101, 109,
        111, 114, 121, 2, 0, 4, 111, 112, 101, 110, 0, 0, 10, 8, 1, 6, 0, 32, 0, 64, 0, 11]);
      const engine = { exports: new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports };
      engine.exports.open(30);
      const touch = () => [small, grown, engine];
      setTimeout(() => {
        const dump = abtrace.dump({ gc: true, retainers: true });
        touch();
        const [arrayBuffers, external] = abtrace.explainCoverage(dump);
        console.log(JSON.stringify({
          held: abtrace.topSites(dump, { by: 'site' }).filter(({ liveBytes }) => liveBytes > 200_000).map(({ sites, liveBytes }) => {
            const [first] = holdingOf(dump, sites).paths;
            return [first && pathParts(dump, first.path).slice(0, 3).join(' → '), (first?.bytes ?? 0) / liveBytes];
          }),
          remainder: arrayBuffers.remainderBytes,
          externalRemainder: Math.abs(external.remainderBytes),
        }));
      }, 20);
    `)) as { held: [string, number][]; remainder: number; externalRemainder: number };
    const held = Object.fromEntries(told.held);
    expect(Object.keys(held).sort()).toEqual([
      expect.stringMatching(/^engine Object → .exports.* → .memory Memory/),
      'grown Array[] → SharedArrayBuffer',
      'small Array[] → Uint8Array',
    ]);
    for (const share of Object.values(held)) expect(share).toBeCloseTo(1, 3);
    expect(told.remainder).toBe(0);
    expect(told.externalRemainder).toBeLessThan(1000);
  });

  it('are found in worker threads, those too that wait for another', async () => {
    const told = (await runSource(`
      const abtrace = require('abtrace');
      ${tell}
      abtrace.start();
      const { Worker } = require('node:worker_threads');
      const inWorker = \`
        const cache = new Map();
        for (let i = 0; i < 20; i += 1) cache.set(i, new Uint8Array(7777));
        const shared = new SharedArrayBuffer(88_888);
        require('node:worker_threads').parentPort.on('message', () => cache.size);
        require('node:worker_threads').parentPort.postMessage(shared);
      \`;
      const blocked = \`
        require('node:worker_threads').parentPort.postMessage(0);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      \`;
      const received = [];
      const start = (source) => new Promise((resolve) => {
        const worker = new Worker(source, { eval: true });
        worker.once('message', (message) => { received.push(message); resolve(worker); });
      });
      Promise.all([start(inWorker), start(blocked)]).then((workers) => {
        const dump = abtrace.dump({ retainers: true });
        const shared = dump.sites.find(({ liveBytes }) => liveBytes === 88_888);
        console.log(JSON.stringify({
          ...tell(dump, { cache: 7777 }), received: received.length,
          statuses: dump.walks.map(({ status }) => status).sort(), drops: dump.drops,
          shared: shared.retainers.map(({ bytes }) => bytes),
        }));
        for (const worker of workers) worker.terminate();
      });
    `)) as { cache: string };
    expect(told).toMatchObject({ statuses: ['done', 'done', 'done'], drops: [], shared: [88_888] });
    expect(told.cache).toMatch(/cache Map → entry Uint8Array$/);
  });

  it('can be taken again and again while a server answers, in all threads, without growth', async () => {
    // 200 of them take some minutes: for a machine of one's own.
    const rounds = Number(process.env.ABTRACE_TEST_ROUNDS ?? (isStressed ? 2 : 4));
    const told = (await runSource(
      `
      const abtrace = require('abtrace');
      abtrace.start();
      const http = require('node:http');
      const { Worker } = require('node:worker_threads');
      const kept = [];
      const server = http.createServer((request, response) => {
        kept.push(Buffer.alloc(20_000));
        if (kept.length > 50) kept.shift();
        response.end(Buffer.alloc(1000));
      });
      const source = \`
        const { parentPort, workerData } = require('node:worker_threads');
        const kept = [];
        setInterval(() => { kept.push(new Uint8Array(5000)); if (kept.length > 20) kept.shift(); }, 1);
        parentPort.on('message', () => parentPort.postMessage(require(workerData).dump({ retainers: true }).walks));
        parentPort.postMessage('ready');
      \`;
      const options = { eval: true, workerData: require.resolve('abtrace') };
      const workers = [new Worker(source, options), new Worker(source, options)];
      const told = (worker) => new Promise((resolve) => worker.once('message', resolve));
      const walksInWorker = (worker) => { worker.postMessage(0); return told(worker); };
      let answered = 0;
      let busy = true;
      // A server closes connections that a long walk has left idle: then it is asked again.
      const ask = () => http.get({ port: server.address().port, agent }, (response) => {
        response.resume().on('end', () => { answered += 1; if (busy) ask(); });
      }).on('error', () => { if (busy) ask(); });
      const agent = new http.Agent({ keepAlive: true });
      server.listen(0, async () => {
        await Promise.all(workers.map(told));
        for (let i = 0; i < 4; i += 1) ask();
        const bytes = [];
        const resident = [];
        const answers = [];
        let notDone = 0;
        let walked = 0;
        for (let round = 0; round < ${rounds}; round += 1) {
          const isInWorker = round % 4 === 3;
          const walks = isInWorker ? await walksInWorker(workers[0]) : abtrace.dump({ retainers: true }).walks;
          notDone += walks.filter(({ status }) => status !== 'done').length;
          walked += walks.length;
          const before = answered;
          while (answered < before + 20) await new Promise((resolve) => setTimeout(resolve, 1));
          answers.push(answered - before);
          global.gc();
          bytes.push(process.memoryUsage().heapUsed);
          resident.push(process.memoryUsage.rss());
        }
        busy = false;
        agent.destroy();
        server.close();
        for (const worker of workers) await worker.terminate();
        const grown = (sizes) => sizes.at(-1) - sizes[Math.floor(sizes.length / 2)];
        console.log(JSON.stringify({
          grown: grown(bytes), grownResident: grown(resident), notDone, walked, least: Math.min(...answers),
        }));
      });
    `,
      { env: { NODE_OPTIONS: '--expose-gc' }, timeoutMs: 200_000 + rounds * 10_000 },
    )) as { grown: number; grownResident: number; notDone: number; walked: number; least: number };
    expect(told.least).toBeGreaterThanOrEqual(20);
    expect(told.walked).toBe(3 * rounds);
    expect(told.grownResident).toBeLessThan(60_000_000);
    expect(told.notDone).toBe(0);
    expect(told.grown).toBeLessThan(2_000_000);
    if (rounds > 4) console.log(JSON.stringify(told));
  }, 1_800_000);

  it.each([true, false])('are not looked for where Node would crash over it (causes: %s)', async (causes) => {
    const told = await runSource(`
      const abtrace = require('abtrace');
      const fs = require('node:fs');
      const file = require('node:path').join(fs.mkdtempSync(require('node:os').tmpdir() + '/abtrace-test-'), 'bytes');
      fs.writeFileSync(file, Buffer.alloc(3_000_000));
      abtrace.start({ thresholdBytes: 1, causes: ${causes} });
      const kept = [];
      (async () => {
        const blob = await fs.openAsBlob(file);
        kept.push(await blob.arrayBuffer(), Buffer.alloc(100_000));
        // By then Node has closed the file.
        setTimeout(() => {
          for (const round of [1, 2]) {
            const { walks, drops, sites } = abtrace.dump({ retainers: true, gc: true });
            const live = sites.some(({ liveBytes, heldNatively }) => liveBytes === 100_000 && !heldNatively);
            console.log(JSON.stringify({ status: walks[0].status, drops: drops.map(({ count }) => count), live }));
            abtrace.stop();
            abtrace.start({ thresholdBytes: 1, causes: ${causes} });
            kept.push(Buffer.alloc(100_000));
          }
        }, 300);
      })();
    `);
    expect(told).toEqual({ status: 'refused', drops: [1], live: true });
  });

  it('leave a debugger its snapshots, its ids and its tracking', async () => {
    const told = await runSource(`
      const abtrace = require('abtrace');
      const inspector = require('node:inspector');
      abtrace.start();
      const session = new inspector.Session();
      session.connect();
      const post = (method, params) => new Promise((resolve, reject) =>
        session.post(method, params, (error, result) => (error ? reject(new Error(error.message)) : resolve(result))));
      const kept = { list: [new Uint8Array(12_345)] };
      globalThis.kept = kept;
      (async () => {
        const snapshot = async () => {
          let chars = 0;
          const count = ({ params }) => { chars += params.chunk.length; };
          session.on('HeapProfiler.addHeapSnapshotChunk', count);
          await post('HeapProfiler.takeHeapSnapshot');
          session.off('HeapProfiler.addHeapSnapshotChunk', count);
          return chars > 100_000;
        };
        const idOf = async () => {
          const { result } = await post('Runtime.evaluate', { expression: 'globalThis.kept' });
          return (await post('HeapProfiler.getHeapObjectId', { objectId: result.objectId })).heapSnapshotObjectId;
        };
        const whole = [await snapshot()];
        const before = await idOf();
        const first = abtrace.dump({ retainers: true });
        const after = await idOf();
        whole.push(await snapshot());
        await post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
        const second = abtrace.dump({ retainers: true });
        const alive = { held: Array.from({ length: 1000 }, () => ({})) };
        whole.push(await snapshot());
        await post('HeapProfiler.stopTrackingHeapObjects', { reportProgress: false });
        const third = abtrace.dump({ retainers: true });
        console.log(JSON.stringify({
          whole, same: before === after && before !== undefined, alive: alive.held.length,
          done: [first, second, third].map(({ walks }) => walks[0].status),
          paths: [first, second, third].map(({ sites }) => sites.some(({ liveBytes, retainers }) => liveBytes === 12_345 && retainers.length === 1)),
        }));
      })();
    `);
    expect(told).toEqual({
      whole: [true, true, true],
      same: true,
      alive: 1000,
      done: ['done', 'done', 'done'],
      paths: [true, true, true],
    });
  });
});
