// Every synchronous way of allocating, sharing, copying, detaching and freeing memory that goes through the ArrayBuffer
// allocator of Node, and beside them those that do not: they must not disturb the sum.
const { Blob } = require('node:buffer');
const crypto = require('node:crypto');
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const { MessageChannel, receiveMessageOnPort } = require('node:worker_threads');
const zlib = require('node:zlib');

const textEncoder = new TextEncoder();
const typedArrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...(typeof Float16Array === 'function' ? [Float16Array] : []),
];
const numberArrays = typedArrays.filter((type) => !type.name.startsWith('Big'));
const encodings = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ucs2', 'ascii'];

/**
 * @param {object} world
 * @param {{next(): number, below(end: number): number, pick<T>(items: readonly T[]): T}} world.random
 * @param {string} world.file a file to read, up to 1 MB
 * @param {number} world.slots how many things are kept at a time
 */
function createOperations({ random, file, slots }) {
  /** @type {unknown[]} what is alive; a thing dies when another takes its place */
  const kept = new Array(slots).fill(null);
  const channel = new MessageChannel();
  const context = vm.createContext({});
  const { below, pick } = random;

  const keep = (/** @type {unknown} */ value) => {
    kept[below(slots)] = value;
  };
  /** Mostly small; sometimes nothing, sometimes a lot; often at the edges that V8 and Node know. */
  const size = () => {
    const kind = below(100);
    if (kind < 4) return 0;
    if (kind < 30) return below(72);
    if (kind < 85) return below(4096);
    if (kind < 97) return pick([64, 65, 128, 256, 4095, 4096, 4097, 8191, 8192, 8193, 16384]);
    return below(kind === 99 ? 400_000 : 70_000);
  };
  const text = () => 'añ€😀'.repeat(below(40)) + 'x'.repeat(below(3000));
  const findKept = (/** @type {(value: unknown) => boolean} */ test) => {
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const value = kept[below(slots)];
      if (test(value)) return value;
    }
    return null;
  };
  const isDetached = (/** @type {ArrayBuffer} */ buffer) => {
    try {
      new Uint8Array(buffer);
      return false;
    } catch {
      return true;
    }
  };
  const keptBuffer = () =>
    findKept((value) => value instanceof ArrayBuffer && !value.resizable && !isDetached(value)) ??
    new ArrayBuffer(size());
  const keptView = () =>
    findKept((value) => ArrayBuffer.isView(value) && !(value instanceof DataView) && value.length > 0) ??
    Buffer.alloc(1 + size());
  const bytes = () => Buffer.allocUnsafe(1 + below(5000));
  const resizable = (/** @type {number} */ length) =>
    new ArrayBuffer(length, { maxByteLength: length + 4096 });

  /** @type {Record<string, () => void>} */
  const operations = {
    arrayBuffer: () => keep(new ArrayBuffer(size())),
    typedArrayOfLength: () => keep(new (pick(typedArrays))(size())),
    typedArrayOfArray: () => keep(new (pick(numberArrays))(Array.from({ length: below(200) }, (_, i) => i))),
    typedArrayOfTypedArray: () => {
      const view = keptView();
      keep(typeof view[0] === 'bigint' ? new BigInt64Array(view) : new (pick(numberArrays))(view));
    },
    typedArrayFrom: () => keep(pick(numberArrays).from(new Set([1, 2, 3, below(1000)]))),
    typedArrayOf: () => keep(pick(numberArrays).of(...new Array(below(100)).fill(1))),
    typedArrayMethods: () => {
      const view = keptView();
      const method = pick(['slice', 'filter', 'map', 'toSorted', 'toReversed', 'subarray']);
      keep(
        view[method](method === 'filter' || method === 'map' ? (/** @type {unknown} */ x) => x : undefined),
      );
    },
    typedArrayView: () => keep(new Uint8Array(keptBuffer())),
    dataView: () => keep(new DataView(keptBuffer())),
    onHeapMadeReal: () => keep(new Uint8Array(below(65)).buffer),
    sharedArrayBuffer: () => keep(new SharedArrayBuffer(size())),
    sharedSlice: () => keep(new SharedArrayBuffer(100 + size()).slice(below(100))),
    sharedView: () => keep(new Int32Array(new SharedArrayBuffer(4 * below(1000)))),
    arrayBufferSlice: () => keep(keptBuffer().slice(below(100), below(5000))),
    bufferAlloc: () => keep(Buffer.alloc(size(), pick([undefined, 0, 7, 'ab']))),
    bufferAllocUnsafe: () => keep(Buffer.allocUnsafe(size())),
    bufferAllocUnsafeSlow: () => keep(Buffer.allocUnsafeSlow(size())),
    bufferFromString: () => keep(Buffer.from(text(), pick(encodings))),
    bufferFromArray: () => keep(Buffer.from(Array.from({ length: below(300) }, (_, i) => i))),
    bufferFromView: () => {
      const view = keptView();
      keep(typeof view[0] === 'bigint' ? Buffer.from(view.buffer) : Buffer.from(view));
    },
    bufferFromArrayBuffer: () => keep(Buffer.from(keptBuffer())),
    bufferConcat: () => keep(Buffer.concat([bytes(), bytes(), Buffer.alloc(size())], pick([undefined, 777]))),
    bufferSubarray: () => keep(bytes().subarray(1)),
    bufferTranscode: () => keep(require('node:buffer').transcode(Buffer.from(text()), 'utf8', 'ucs2')),
    bufferToString: () => void bytes().toString(pick(encodings)),
    structuredCloneCopy: () => keep(structuredClone(keptBuffer())),
    structuredCloneDeep: () => keep(structuredClone({ a: [new Uint8Array(size())], b: { c: keptBuffer() } })),
    structuredCloneTransfer: () => {
      const buffer = keptBuffer();
      keep(structuredClone({ buffer }, { transfer: [buffer] }).buffer);
    },
    detach: () => {
      const buffer = keptBuffer();
      structuredClone(null, { transfer: [buffer] });
    },
    portCopy: () => {
      channel.port1.postMessage({ copy: keptBuffer(), view: new Uint16Array(below(500)) });
      keep(receiveMessageOnPort(channel.port2)?.message);
    },
    portTransfer: () => {
      const buffer = keptBuffer();
      channel.port1.postMessage(buffer, [buffer]);
      keep(receiveMessageOnPort(channel.port2)?.message);
    },
    portNeverRead: () => {
      const { port1 } = new MessageChannel();
      const buffer = new ArrayBuffer(size());
      port1.postMessage({ buffer, copy: new Uint8Array(below(300)) }, [buffer]);
      port1.close();
    },
    portShared: () => {
      channel.port1.postMessage(new SharedArrayBuffer(size()));
      keep(receiveMessageOnPort(channel.port2)?.message);
    },
    textEncode: () => keep(textEncoder.encode(text())),
    textEncodeInto: () => void textEncoder.encodeInto('hello', new Uint8Array(100)),
    textDecode: () => void new TextDecoder().decode(bytes()),
    serialize: () => keep(v8.serialize({ text: text(), bytes: bytes() })),
    deserialize: () => keep(v8.deserialize(v8.serialize([new Uint8Array(size()), bytes(), new Date(0)]))),
    base64: () => keep(Buffer.from(atob(btoa('binary'.repeat(below(200)))), 'latin1')),
    randomBytes: () => keep(crypto.randomBytes(size())),
    randomFill: () => keep(crypto.randomFillSync(new Uint8Array(1 + below(500)))),
    randomValues: () => keep(crypto.getRandomValues(new Uint32Array(below(100)))),
    hash: () => keep(crypto.createHash('sha256').update(bytes()).digest()),
    hmac: () =>
      keep(
        crypto
          .createHmac('sha1', 'key')
          .update('data')
          .digest(pick([undefined, 'hex'])),
      ),
    cipher: () => {
      const cipher = crypto.createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
      keep(Buffer.concat([cipher.update(bytes()), cipher.final()]));
    },
    deriveKey: () => keep(crypto.pbkdf2Sync('password', 'salt', 1, 32 + below(200), 'sha256')),
    deflate: () => keep(zlib.deflateSync(bytes(), { level: 1 })),
    inflate: () => keep(zlib.inflateSync(zlib.deflateSync(Buffer.alloc(below(40_000)), { level: 1 }))),
    gzip: () => keep(zlib.gunzipSync(zlib.gzipSync(text()))),
    brotli: () => {
      const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 0 };
      keep(zlib.brotliDecompressSync(zlib.brotliCompressSync(bytes(), { params })));
    },
    readFile: () => keep(fs.readFileSync(file)),
    readFileText: () => void fs.readFileSync(file, 'latin1').length,
    readDescriptor: () => {
      const descriptor = fs.openSync(file);
      const into = Buffer.alloc(below(3000));
      fs.readSync(descriptor, into, 0, into.length, 0);
      fs.closeSync(descriptor);
      keep(into);
    },
    bigStat: () => void fs.statSync(file, { bigint: true }),
    blob: () => keep(new Blob([bytes(), text(), keptBuffer()])),
    otherContext: () => keep(vm.runInContext(`new Uint8Array(${size()})`, context)),
    compiledFunction: () => keep(new Function('n', 'return new Float64Array(n)')(below(300))),
    reflected: () => keep(Reflect.construct(Uint8Array, [size()], pick([Buffer, Uint8Array]))),
    arrayLike: () => keep(Uint8Array.from({ length: below(500) }, (_, i) => i)),
    // Past the allocator.
    resizable: () => {
      const buffer = resizable(below(2000));
      buffer.resize(below(2000));
      keep(buffer);
    },
    growableShared: () => keep(new SharedArrayBuffer(below(100), { maxByteLength: 8192 })),
    resizableCopies: () => keep(pick([(b) => b.slice(0), structuredClone])(resizable(below(3000)))),
    wasmMemory: () => keep(new WebAssembly.Memory({ initial: 1, maximum: 2 })),
    // Ways to free.
    forget: () => keep(null),
    forgetMany: () => {
      const begin = below(slots);
      kept.fill(null, begin, begin + below(30));
    },
  };
  if (typeof ArrayBuffer.prototype.transfer === 'function') {
    operations.transfer = () => keep(keptBuffer().transfer(pick([undefined, 0, below(72), size()])));
    operations.transferToFixed = () => keep(keptBuffer().transferToFixedLength(size()));
    operations.transferResizable = () => keep(resizable(below(2000)).transferToFixedLength(size()));
  }
  if (typeof Uint8Array.fromBase64 === 'function') {
    operations.fromBase64 = () => keep(Uint8Array.fromBase64(btoa('x'.repeat(below(3000)))));
    operations.fromHex = () => keep(Uint8Array.fromHex('ab'.repeat(below(3000))));
  }

  /** These cost so much that one in many is enough. */
  const rare = new Set([
    'wasmMemory',
    'brotli',
    'gzip',
    'inflate',
    'deflate',
    'deriveKey',
    'cipher',
    'readFileText',
  ]);
  const names = Object.keys(operations);
  const frequent = names.filter((name) => !rare.has(name));

  return {
    kept,
    names,
    /** Does `count` operations chosen at random. @param {number} count */
    run(count) {
      for (let i = 0; i < count; i += 1) operations[pick(below(40) === 0 ? names : frequent)]();
    },
    /** Asks for more than there is: the allocator says no, V8 collects garbage and asks again. */
    fail() {
      for (const length of [2 ** 53, 2 ** 45, 2 ** 33 + 1e15]) {
        try {
          keep(new ArrayBuffer(length));
          throw new Error('so much memory cannot be had');
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      }
    },
    close() {
      channel.port1.close();
    },
  };
}

module.exports = { createOperations };
