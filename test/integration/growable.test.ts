// Memory that can grow and never passes the allocator: who made it, who grew it, when it is gone; and that programs
// cannot tell the difference.
import { describe, expect, it } from 'vitest';
import type { Dump, Site } from '../../lib/dump/format';
import { runSource } from './support';

const prelude = `
  const abtrace = require('abtrace');
  const v8 = require('node:v8');
  globalThis.kept = [];
  const report = (dumps) => console.log(JSON.stringify(dumps));
`;
const page = 65_536;

/** A module with one memory of three pages, exported as \`memory\`, and a function \`grow\` that adds two to it. */
const growingModule = `new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 3, 7, 17, 2, 6, 109, 101, 109, 111, 114,
  121, 2, 0, 4, 103, 114, 111, 119, 0, 0, 10, 8, 1, 6, 0, 65, 2, 64, 0, 11,
])`;

function ownedBy(dump: Dump, name: string): Site[] {
  return dump.sites.filter(({ owner }) => owner?.function === name);
}

function bytesOf(dump: Dump, name: string): [kind: string | undefined, liveBytes: number] {
  const sites = ownedBy(dump, name);
  return [sites[0]?.kind, sites.reduce((sum, { liveBytes }) => sum + liveBytes, 0)];
}

describe('memory that can grow', () => {
  it('belongs to who made it and who grew it, until it is collected', async () => {
    const [kept, dropped] = (await runSource(`${prelude}
      abtrace.start({ thresholdBytes: 0 });
      function makeLog() { kept.push(new ArrayBuffer(100_000, { maxByteLength: 4_000_000 })); }
      function appendLog() { kept[0].resize(1_500_000); }
      function makeQueue() { kept.push(new SharedArrayBuffer(200_000, { maxByteLength: 4_000_000 })); }
      function growQueue() { kept[1].grow(700_000); }
      function makeRing() { kept.push(new SharedArrayBuffer(300_000)); }
      function makeHeap() { kept.push(new WebAssembly.Memory({ initial: 2, maximum: 100 })); }
      function growHeap() { for (let i = 0; i < 5; i += 1) kept[3].grow(1); }
      function drop() {
        new ArrayBuffer(5_000_000, { maxByteLength: 6_000_000 });
        new WebAssembly.Memory({ initial: 7 }).grow(1);
      }
      makeLog(); appendLog(); makeQueue(); growQueue(); makeRing(); makeHeap(); growHeap(); drop();
      setImmediate(() => {
        const first = abtrace.dump({ gc: true });
        kept.length = 0;
        setImmediate(() => report([first, abtrace.dump({ gc: true })]));
      });
    `)) as [Dump, Dump];
    expect(bytesOf(kept, 'makeLog')).toEqual(['resizable', 100_000]);
    expect(bytesOf(kept, 'appendLog')).toEqual(['resizable', 1_400_000]);
    expect(bytesOf(kept, 'makeQueue')).toEqual(['shared', 200_000]);
    expect(bytesOf(kept, 'growQueue')).toEqual(['shared', 500_000]);
    expect(bytesOf(kept, 'makeRing')).toEqual(['shared', 300_000]);
    expect(bytesOf(kept, 'makeHeap')).toEqual(['wasm', 2 * page]);
    expect(bytesOf(kept, 'growHeap')).toEqual(['wasm', 5 * page]);
    expect(bytesOf(kept, 'drop')[1]).toBe(0);
    expect(ownedBy(kept, 'makeRing')[0]?.pastAllocator).toBeUndefined();
    expect(ownedBy(kept, 'growQueue')[0]?.pastAllocator).toBe(true);
    for (const dump of [kept, dropped]) expect(dump.coverage.remainderBytes).toBe(0);
    for (const site of dropped.sites.filter(({ owner }) => owner !== null)) {
      expect([site.owner?.function, site.liveBytes]).toEqual([site.owner?.function, 0]);
    }
  });

  it('belongs to who instantiates a module, also what its own code grows', async () => {
    const [dump] = (await runSource(`${prelude}
      abtrace.start();
      const source = ${growingModule};
      function sync() { kept.push(new WebAssembly.Instance(new WebAssembly.Module(source))); }
      async function later() { kept.push((await WebAssembly.instantiate(source)).instance); }
      async function compiled() { kept.push(await WebAssembly.instantiate(new WebAssembly.Module(source))); }
      async function main() {
        sync();
        await later();
        await compiled();
        for (const { exports } of kept) exports.grow();
        report([abtrace.dump({ gc: true })]);
      }
      main();
    `)) as [Dump];
    for (const name of ['sync', 'later', 'compiled']) expect(bytesOf(dump, name)).toEqual(['wasm', 5 * page]);
  });

  it('is followed into other threads and back', async () => {
    const [sent, ended] = (await runSource(`${prelude}
      abtrace.start();
      const { Worker } = require('node:worker_threads');
      function make() { return new ArrayBuffer(2_000_000, { maxByteLength: 4_000_000 }); }
      const worker = new Worker(\`
        const { parentPort } = require('node:worker_threads');
        function inWorker() { return new WebAssembly.Memory({ initial: 4, maximum: 8, shared: true }); }
        globalThis.kept = [inWorker()];
        parentPort.on('message', (buffer) => {
          kept.push(buffer);
          parentPort.postMessage(kept.length);
        });
      \`, { eval: true });
      const buffer = make();
      worker.postMessage(buffer, [buffer]);
      worker.once('message', async () => {
        const first = abtrace.dump({ gc: true });
        await worker.terminate();
        setTimeout(() => report([first, abtrace.dump({ gc: true })]), 50);
      });
    `)) as [Dump, Dump];
    expect(bytesOf(sent, 'make')).toEqual(['resizable', 2_000_000]);
    expect(sent.sites.find(({ thread, kind }) => thread === 1 && kind === 'wasm')?.liveBytes).toBe(4 * page);
    expect(bytesOf(ended, 'make')).toEqual(['resizable', 0]);
    expect(ended.sites.filter(({ kind }) => kind === 'wasm').every(({ liveBytes }) => liveBytes === 0)).toBe(
      true,
    );
  });

  it('is let alone if that is asked for', async () => {
    const [dump, plain] = (await runSource(`${prelude}
      const before = [ArrayBuffer, WebAssembly.Memory, ArrayBuffer.prototype.resize];
      abtrace.start({ growable: false });
      kept.push(new ArrayBuffer(1_000_000, { maxByteLength: 2_000_000 }));
      const after = [ArrayBuffer, WebAssembly.Memory, ArrayBuffer.prototype.resize];
      report([abtrace.dump(), before.every((one, index) => one === after[index])]);
    `)) as [Dump, boolean];
    expect(plain).toBe(true);
    expect(dump.sites.some(({ kind }) => kind === 'resizable')).toBe(false);
  });
});

/** Gives a list of what a program can see of the constructors and methods that are replaced while tracing. */
const probe = `
  const vm = require('node:vm');
  const util = require('node:util');
  const attempt = (work) => { try { return String(work()); } catch (error) { return error.name + ': ' + error.message; } };
  const probe = () => {
    const seen = [];
    const see = (what, work) => seen.push(what + ' → ' + attempt(work));
    const named = { ArrayBuffer, SharedArrayBuffer, Memory: WebAssembly.Memory, Instance: WebAssembly.Instance };
    for (const [name, type] of Object.entries(named)) {
      see(name + ' name', () => type.name);
      see(name + ' length', () => type.length);
      see(name + ' keys', () => Reflect.ownKeys(type).filter((key) => !String(key).includes('abtrace')).map(String).sort());
      see(name + ' descriptors', () => ['name', 'length', 'prototype'].map((key) => {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(type, key);
        return [writable, enumerable, configurable];
      }));
      see(name + ' constructor', () => type.prototype.constructor === type);
      see(name + ' proto', () => Object.getPrototypeOf(type) === Function.prototype);
      see(name + ' without new', () => type(8));
      see(name + ' apply', () => Reflect.apply(type, undefined, [8]));
      see(name + ' inspected', () => util.inspect(type));
      see(name + ' enumerable', () => Object.keys(globalThis).includes(name));
    }
    const extended = (type, args) => {
      class Extended extends type { get extra() { return 'extra'; } }
      const made = new Extended(...args);
      return [made.extra, made instanceof Extended, made instanceof type, made.constructor === Extended,
        Object.prototype.toString.call(made)];
    };
    see('extends ArrayBuffer', () => extended(ArrayBuffer, [8]));
    see('extends resizable', () => extended(ArrayBuffer, [8, { maxByteLength: 16 }]));
    see('extends shared', () => extended(SharedArrayBuffer, [8]));
    see('extends Memory', () => extended(WebAssembly.Memory, [{ initial: 1 }]));
    see('species', () => {
      class Sliced extends ArrayBuffer {}
      return [new Sliced(8).slice(2) instanceof Sliced, new Sliced(8).slice(2).byteLength, Sliced[Symbol.species] === Sliced];
    });
    see('slice', () => [new ArrayBuffer(8).slice(2).constructor === ArrayBuffer, new ArrayBuffer(8).slice(2).byteLength]);
    see('newTarget', () => {
      function Other() {}
      Other.prototype = Object.create(ArrayBuffer.prototype, { mark: { value: 'mark' } });
      const made = Reflect.construct(ArrayBuffer, [8], Other);
      return [made.mark, made.byteLength, made instanceof Other];
    });
    see('newTarget without prototype', () => {
      const made = Reflect.construct(ArrayBuffer, [8], (() => {}).bind());
      return Object.getPrototypeOf(made) === ArrayBuffer.prototype;
    });
    see('negative', () => new ArrayBuffer(-1));
    see('too big', () => new ArrayBuffer(8, { maxByteLength: 4 }));
    see('too much', () => new ArrayBuffer(2 ** 53));
    see('no descriptor', () => new WebAssembly.Memory());
    see('order of reads', () => {
      const reads = [];
      const watched = (name, value) => new Proxy({}, {
        get(_, key) { reads.push(name + '.' + String(key)); return key === Symbol.toPrimitive ? () => value : undefined; },
      });
      new ArrayBuffer(watched('length', 8), watched('options', undefined));
      return reads;
    });
    see('isView', () => [ArrayBuffer.isView(new Uint8Array(1)), ArrayBuffer.isView.call(undefined, 1)]);
    see('other realm', () => vm.runInNewContext('[new ArrayBuffer(8) instanceof ArrayBuffer, new ArrayBuffer(8, {maxByteLength: 9}).resizable]'));
    see('from other realm', () => ArrayBuffer.prototype.resize.call(vm.runInNewContext('new ArrayBuffer(8, {maxByteLength: 16})'), 12));
    see('resize', () => [ArrayBuffer.prototype.resize.name, ArrayBuffer.prototype.resize.length]);
    see('resize of nothing', () => ArrayBuffer.prototype.resize.call({}, 1));
    see('resize too far', () => new ArrayBuffer(8, { maxByteLength: 16 }).resize(17));
    see('grow', () => new WebAssembly.Memory({ initial: 1, maximum: 2 }).grow(1));
    see('grow too far', () => new WebAssembly.Memory({ initial: 1, maximum: 2 }).grow(5));
    see('types', () => [util.types.isArrayBuffer(new ArrayBuffer(1)), util.types.isSharedArrayBuffer(new SharedArrayBuffer(1))]);
    see('clone', () => structuredClone(new ArrayBuffer(3)) instanceof ArrayBuffer);
    see('equal', () => util.isDeepStrictEqual(new ArrayBuffer(3), structuredClone(new ArrayBuffer(3))));
    see('view', () => new Uint8Array(4).buffer.constructor === ArrayBuffer);
    return seen;
  };
`;

describe('a program', () => {
  it('sees the same constructors and methods as without abtrace, and its own again after stop', async () => {
    const { before, during, after, back } = (await runSource(`
      const abtrace = require('abtrace');
      ${probe}
      const types = () => [ArrayBuffer, SharedArrayBuffer, WebAssembly.Memory, WebAssembly.Instance];
      const plain = types();
      const before = probe();
      abtrace.start();
      const during = probe();
      const traced = types();
      abtrace.stop();
      const back = types().every((type, index) => type === plain[index] && type !== traced[index]);
      console.log(JSON.stringify({ before, during, after: probe(), back }));
    `)) as { before: string[]; during: string[]; after: string[]; back: boolean };
    expect(during).toEqual(before);
    expect(after).toEqual(before);
    expect(back).toBe(true);
  });

  it('gets the errors of modules that cannot be instantiated', async () => {
    const seen = await runSource(`
      const abtrace = require('abtrace');
      const bad = new Uint8Array([0, 97, 115, 109, 9, 9, 9, 9]);
      async function attempt() {
        const seen = [];
        try { await WebAssembly.instantiate(bad); } catch (error) { seen.push(error.name); }
        try { new WebAssembly.Instance({}); } catch (error) { seen.push(error.name); }
        const unhandled = new Promise((resolve) => process.once('unhandledRejection', (error) => resolve(error.name)));
        WebAssembly.instantiate(bad);
        seen.push(await unhandled);
        return seen;
      }
      async function main() {
        const before = await attempt();
        abtrace.start();
        console.log(JSON.stringify({ before, during: await attempt() }));
      }
      main();
    `);
    expect(seen).toEqual({
      before: ['CompileError', 'TypeError', 'CompileError'],
      during: ['CompileError', 'TypeError', 'CompileError'],
    });
  });

  it('may make and drop as much of it as it likes', async () => {
    const { live, rssGrowthBytes } = (await runSource(`
      const abtrace = require('abtrace');
      abtrace.start();
      function churn(rounds) {
        for (let i = 0; i < rounds; i += 1) new ArrayBuffer(1000, { maxByteLength: 100_000 }).resize(2000 + (i % 7));
      }
      churn(2000);
      const dump = abtrace.dump({ gc: true });
      const before = process.memoryUsage().rss;
      churn(6000);
      const after = abtrace.dump({ gc: true });
      const live = after.sites.filter(({ kind }) => kind === 'resizable').map(({ liveBytes }) => liveBytes);
      console.log(JSON.stringify({ live, rssGrowthBytes: process.memoryUsage().rss - before }));
    `)) as { live: number[]; rssGrowthBytes: number };
    expect(live.every((bytes) => bytes === 0)).toBe(true);
    expect(rssGrowthBytes).toBeLessThan(100e6);
  });
});
