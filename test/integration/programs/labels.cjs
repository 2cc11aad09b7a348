// Labels work of all kinds, beside stores of the program's own, and reports the live bytes under each label. Each piece
// of work keeps a size of its own, so that a byte under a wrong label shows.
const { AsyncLocalStorage } = require('node:async_hooks');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Readable, Transform } = require('node:stream');
const zlib = require('node:zlib');
const { startPeer } = require('../../zoo/peers/peers');
const { abtrace, report } = require('./lib/tracer.cjs');
const { pause } = require('./lib/library.cjs');

const { label } = abtrace;
const stores = new AsyncLocalStorage();
/** @type {ArrayBufferView[]} */
const kept = [];
/** @type {Record<string, number>} */
const expected = {};
/** @type {string[]} */
const problems = [];

function check(what, isTrue) {
  if (!isTrue) problems.push(what);
}

/** Keeps bytes that should be under a label, given as `topSites` names it. */
function keep(name, chunk = Buffer.alloc(100_000 + 1000 * Object.keys(expected).length)) {
  kept.push(chunk);
  expected[name] = (expected[name] ?? 0) + chunk.byteLength;
}

async function work(base) {
  check('returns what the function returns', label('sync', () => keep('sync') ?? 42) === 42);
  await label('async', async () => {
    keep('async');
    await pause(1);
    keep('async');
    setTimeout(() => keep('async'), 1);
    process.nextTick(() => keep('async'));
    queueMicrotask(() => keep('async'));
    await new Promise((resolve) => setImmediate(resolve));
    keep('async');
  });
  keep('(no label)');

  await label('outer', async () => {
    keep('outer');
    await label('inner', async () => {
      await null;
      keep('inner');
    });
    keep('outer');
    label({ tool: 'fetch' }, () => keep('label=outer, tool=fetch'));
    await null;
    keep('outer');
  });
  await label({ tool: 'fetch', user: '42' }, async () => {
    await pause(1);
    label({ user: '43', step: 'parse' }, () => keep('step=parse, tool=fetch, user=43'));
    keep('tool=fetch, user=42');
  });
  await Promise.all(
    ['left', 'right'].map((side) =>
      label(side, async () => {
        for (let i = 0; i < 20; i += 1) {
          await pause(i % 3);
          keep(side);
        }
      }),
    ),
  );

  const numbers = label('generator', function* () {
    for (let i = 0; i < 3; i += 1) {
      keep('generator');
      yield i;
    }
  });
  for (const _ of numbers) keep('(no label)');
  const later = label('async generator', async function* () {
    try {
      for (let i = 0; i < 3; i += 1) {
        await pause(1);
        keep('async generator');
        yield i;
      }
    } finally {
      keep('async generator');
    }
  });
  for await (const _ of later) {
    keep('(no label)');
    if (_ === 1) break;
  }

  let thrown;
  try {
    label('throws', () => {
      keep('throws');
      throw new Error('mine');
    });
  } catch (error) {
    thrown = error;
  }
  check('hands on what is thrown', thrown?.message === 'mine');
  keep('(no label)');
  await label('rejects', () => Promise.reject(new Error('mine'))).catch((error) => {
    thrown = error;
  });
  check('hands on a rejection', thrown?.message === 'mine');

  await label('streams', async () => {
    const passing = new Transform({
      transform(_chunk, _encoding, callback) {
        setImmediate(() => callback(null, Buffer.alloc(50_000)));
      },
    });
    for await (const chunk of Readable.from(['a', 'b', 'c']).pipe(passing)) keep('streams', chunk);
  });
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-test-')), 'file');
  fs.writeFileSync(file, zlib.gzipSync(Buffer.alloc(131_072)));
  await label('zlib', async () => {
    const unzipped = fs.createReadStream(file).pipe(zlib.createGunzip());
    for await (const chunk of unzipped) keep('zlib', chunk);
  });
  fs.rmSync(path.dirname(file), { recursive: true });
  await label('fetch', async () => {
    const response = await fetch(`${base}/?bytes=300000&parts=3`);
    for await (const chunk of response.body) keep('fetch', chunk);
  });
  await label('whole', async () =>
    keep('whole', new Uint8Array(await (await fetch(`${base}/?bytes=200000`)).arrayBuffer())),
  );

  await stores.run('store', async () => {
    await label('with a store', async () => {
      check('sees the store', stores.getStore() === 'store');
      await pause(1);
      check('sees the store later', stores.getStore() === 'store');
      await stores.run('another', async () => {
        await null;
        keep('with a store');
        check('sees another store', stores.getStore() === 'another');
      });
      stores.exit(() => keep('with a store'));
      check('has the store back', stores.getStore() === 'store');
    });
    check('keeps the store', stores.getStore() === 'store');
    keep('(no label)');
  });
  check('leaves no store', stores.getStore() === undefined);
}

async function main() {
  check('runs the function while not tracing', label('idle', () => 7) === 7);
  check('gives its promise back while not tracing', (await label('idle', async () => 8)) === 8);
  const server = await startPeer('http-server');
  abtrace.start();
  await work(`http://127.0.0.1:${server.port}`);
  await pause(20);
  const dump = abtrace.dump({ gc: true });
  // The memory of the parser that Node compiles to WebAssembly is made with the first request.
  dump.sites = dump.sites.filter(({ kind }) => kind !== 'wasm');
  const rows = abtrace.topSites(dump, { by: 'label', limit: Number.POSITIVE_INFINITY });
  const labels = Object.fromEntries(rows.map(({ key, liveBytes }) => [key, liveBytes]));
  await server.close();
  report({ expected, labels, problems, sites: dump.sites.map((site) => site.label) });
  process.exit();
}

main();
