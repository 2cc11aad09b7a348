// Small Buffers, which Node cuts from slabs that they share: a slab belongs to the lines whose Buffers keep it alive.
import { describe, expect, it } from 'vitest';
import { runSource } from './support';

/** Live bytes by the name of the function, of those that the programs below have; and that they add up. */
const tell = `
  const abtrace = require('abtrace');
  const say = (result) => console.log(JSON.stringify(result));
  const tellOf = (dump) => {
    const byName = { keep: 0, alsoKeep: 0, drop: 0, other: 0 };
    for (const { owner, liveBytes } of dump.sites) byName[owner?.function in byName ? owner.function : 'other'] += liveBytes;
    const sum = dump.sites.filter(({ found, sampled }) => !found && !sampled).reduce((total, { liveBytes }) => total + liveBytes, 0);
    const slabs = dump.sites.reduce((total, { slabs }) => total + (slabs?.bytes ?? 0), 0);
    const estimated = dump.sites.reduce((total, { slabs }) => total + (slabs?.estimatedBytes ?? 0), 0);
    return { ...byName, slabs, estimated, adds: sum === dump.coverage.attributedBytes, remainder: dump.coverage.remainderBytes };
  };
  const bytesOf = (buffers) => [...new Set([...buffers].map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
`;

interface Told {
  keep: number;
  alsoKeep: number;
  drop: number;
  other: number;
  slabs: number;
  estimated: number;
  adds: boolean;
  remainder: number;
}

describe('slabs of small Buffers', () => {
  it('belong to the line that keeps Buffers, not to one that drops as many', async () => {
    const { collected, walked, expected } = (await runSource(`
      ${tell}
      abtrace.start();
      const kept = new Map();
      function keep(i) { kept.set(i, Buffer.from('session ' + i + 'x'.repeat(50))); }
      function drop(i) { return Buffer.from('y'.repeat(3000) + i).length + Buffer.concat([Buffer.alloc(40, i), Buffer.alloc(70)]).length; }
      for (let i = 0; i < 1000; i += 1) { keep(i); drop(i); }
      const collected = tellOf(abtrace.dump({ gc: true }));
      const walked = tellOf(abtrace.dump({ retainers: true }));
      say({ collected, walked, expected: bytesOf(kept.values()) });
    `)) as { collected: Told; walked: Told; expected: number };
    for (const told of [collected, walked]) {
      expect(told.keep).toBeGreaterThan(expected * 0.95);
      expect(told.keep).toBeLessThanOrEqual(expected);
      // The slab that Node cuts from now may be charged to anybody, and one was there before the start.
      expect(told.drop).toBeLessThanOrEqual(66_000);
      expect(told.slabs).toBeGreaterThan(expected * 0.95);
      expect(told.estimated).toBe(0);
      expect(told).toMatchObject({ adds: true, remainder: 0 });
    }
  });

  it('are shared by the bytes that each of two lines keeps', async () => {
    const told = (await runSource(`
      ${tell}
      abtrace.start();
      const kept = [];
      function keep() { kept.push(Buffer.allocUnsafe(96)); }
      function alsoKeep() { kept.push(Buffer.allocUnsafe(864)); }
      for (let i = 0; i < 5000; i += 1) { keep(); alsoKeep(); }
      const told = tellOf(abtrace.dump({ gc: true }));
      say({ ...told, expected: bytesOf(kept) });
    `)) as Told & { expected: number };
    expect(told.keep + told.alsoKeep).toBeGreaterThan(told.expected * 0.98);
    const share = told.keep / (told.keep + told.alsoKeep);
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
    expect(told).toMatchObject({ adds: true, remainder: 0 });
  });

  it('belong to who made what a view is a part of, and to who caused what Node makes', async () => {
    const told = (await runSource(`
      ${tell}
      const { Writable } = require('node:stream');
      abtrace.start();
      const kept = [];
      const log = new Writable({ write(chunk, encoding, done) { kept.push(chunk); done(); } });
      const nowhere = new Writable({ write(chunk, encoding, done) { done(); } });
      function keep() { kept.push(Buffer.concat([Buffer.alloc(300, 1), Buffer.alloc(700, 2)]).subarray(10, 40)); }
      function alsoKeep(i) { log.write('line ' + i + '-'.repeat(900)); }
      function drop(i) { nowhere.write('line ' + i + '-'.repeat(900)); return Buffer.concat([Buffer.alloc(999)]).subarray(5); }
      for (let i = 0; i < 2000; i += 1) { keep(); drop(i); }
      for (let i = 0; i < 2000; i += 1) { alsoKeep(i); drop(i); }
      say({ ...tellOf(abtrace.dump({ gc: true })), expected: bytesOf(kept) });
    `)) as Told & { expected: number };
    expect(told.keep).toBeGreaterThan(told.expected * 0.4);
    expect(told.alsoKeep).toBeGreaterThan(told.expected * 0.4);
    expect(told.drop).toBeLessThanOrEqual(66_000);
    expect(told).toMatchObject({ adds: true, remainder: 0 });
  });

  it('go to whom they belong in workers, and grow there by what is kept between two dumps', async () => {
    const { before, after } = (await runSource(`
      ${tell}
      const { Worker, isMainThread, parentPort } = require('node:worker_threads');
      const kept = [];
      function keep(i) { kept.push(Buffer.from('kept' + i)); }
      function drop(i) { return Buffer.from('y'.repeat(2000) + i).length; }
      async function main() {
        abtrace.start();
        const worker = new Worker(__filename);
        const work = (count) => new Promise((resolve) => { worker.once('message', resolve); worker.postMessage(count); });
        await work(1000);
        const before = tellOf(abtrace.dump({ gc: true }));
        await work(1000);
        say({ before, after: tellOf(abtrace.dump({ gc: true })) });
        await worker.terminate();
      }
      if (isMainThread) main();
      else parentPort.on('message', (count) => {
        for (let i = 0; i < count; i += 1) { keep(i); drop(i); }
        parentPort.postMessage('done');
      });
    `)) as { before: Told; after: Told };
    expect(before.keep).toBeGreaterThan(1000 * 2000 * 0.9);
    expect(after.keep).toBeGreaterThan(before.keep * 1.9);
    expect(after.drop).toBeLessThanOrEqual(66_000);
    expect(after).toMatchObject({ adds: true, remainder: 0 });
  });

  it('are let go when nothing keeps them, whatever the size that the program gives them', async () => {
    const { during, after } = (await runSource(`
      ${tell}
      abtrace.start();
      let kept = [];
      function keep(size) { kept.push(Buffer.from('k'.repeat(size))); }
      function drop(size) { return Buffer.from('d'.repeat(size)).length; }
      for (const poolSize of [8192, 0, 32_768, 1_000_000, 64, 9_000_000]) {
        Buffer.poolSize = poolSize;
        for (let i = 0; i < 2000; i += 1) { keep(30); drop(300); }
      }
      const during = tellOf(abtrace.dump({ gc: true }));
      kept = [];
      Buffer.poolSize = 8192;
      for (let i = 0; i < 4000; i += 1) drop(3000);
      const after = tellOf(abtrace.dump({ gc: true }));
      say({ during, after });
    `)) as { during: Told; after: Told };
    expect(during.keep).toBeGreaterThan(500_000);
    expect(during).toMatchObject({ adds: true, remainder: 0 });
    expect(after.keep + after.drop).toBeLessThanOrEqual(66_000);
    expect(after).toMatchObject({ adds: true, remainder: 0 });
  });

  it('of a program that makes small Buffers all the time are charged as those that were noted', async () => {
    const told = (await runSource(`
      ${tell}
      abtrace.start();
      const kept = [];
      function keep(i) { kept.push(Buffer.from('kept' + i)); }
      function drop() { let sum = 0; for (let i = 0; i < 1000; i += 1) sum += Buffer.from('y'.repeat(50)).length; return sum; }
      for (let i = 0; i < 1500; i += 1) { drop(); keep(i); }
      say({ ...tellOf(abtrace.dump({ gc: true })), expected: bytesOf(kept) });
    `)) as Told & { expected: number };
    expect(told.keep).toBeGreaterThan(told.expected * 0.97);
    expect(told.drop).toBeLessThan(told.expected * 0.03);
    expect(told.estimated).toBeGreaterThan(0);
    expect(told).toMatchObject({ adds: true, remainder: 0 });
  });

  it('stay with what is known when Buffers were made by a way that nobody watches', async () => {
    const told = (await runSource(`
      ${tell}
      const { from } = Buffer;
      abtrace.start();
      const kept = [];
      function keep(i) { kept.push(from('kept' + i + 'x'.repeat(500))); }
      function drop(i) { return Buffer.from('dropped' + i).length; }
      for (let i = 0; i < 3000; i += 1) { keep(i); drop(i); }
      say({ ...tellOf(abtrace.dump({ gc: true })), expected: bytesOf(kept) });
    `)) as Told & { expected: number };
    expect(told.keep).toBeGreaterThan(told.expected * 0.8);
    expect(told).toMatchObject({ adds: true, remainder: 0 });
  });
});
