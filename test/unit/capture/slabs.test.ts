import { afterEach, describe, expect, it } from 'vitest';
import { watchSlabs } from '../../../lib/capture/slabs';
import { kShared, type NativeAddon } from '../../../lib/native';

const NAMES = ['from', 'allocUnsafe', 'concat', 'copyBytesFrom'] as const;

function watched() {
  const noted: unknown[] = [];
  const shared = new Int32Array(kShared.count);
  const unwatch = watchSlabs(
    { noteCut: (made: unknown) => noted.push(made) } as unknown as NativeAddon,
    shared,
  );
  undo.push(unwatch);
  return { noted, shared, unwatch };
}

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

const shapes = () =>
  NAMES.map((name) => {
    const { value, ...flags } = Object.getOwnPropertyDescriptor(Buffer, name) ?? {};
    return { name: value.name, length: value.length, ...flags };
  });

describe('watching small Buffers', () => {
  it('tells of what is made while pieces are noted, and of nothing else', () => {
    const { noted, shared } = watched();
    Buffer.from('before');
    shared[kShared.noting] = 1;
    const made = [
      Buffer.from('text'),
      Buffer.allocUnsafe(7),
      Buffer.concat([Buffer.alloc(3)]),
      Buffer.copyBytesFrom(new Uint8Array(4)),
    ];
    // Node 20 and 22 make the last but one by `Buffer.allocUnsafe`, which tells of it first.
    expect([...new Set(noted)]).toEqual(made);
    shared[kShared.noting] = 0;
    Buffer.from('after');
    expect(new Set(noted).size).toBe(4);
  });

  it('tells of one that came with an allocation, which may have been of a slab', () => {
    const { noted, shared } = watched();
    const made = Buffer.from({
      valueOf() {
        shared[kShared.made] = 1;
        return 'text';
      },
    } as never);
    expect(noted).toEqual([made]);
    shared[kShared.made] = 1;
    Buffer.from('next');
    expect(noted).toHaveLength(1);
  });

  it('leaves arguments, results, errors and `this` as they are', () => {
    const results = () => [
      Buffer.from('aGk=', 'base64').toString(),
      Buffer.from([1, 2, 3]).length,
      Buffer.from(new ArrayBuffer(8), 2, 3).byteOffset,
      Buffer.from({ length: 2, 0: 5, 1: 6 } as never).length,
      Reflect.apply(Buffer.from, undefined, ['x']).length,
      Buffer.concat([Buffer.from('ab'), Buffer.from('c')], 2).toString(),
      messageOf(() => Buffer.from(7 as never)),
      messageOf(() => Buffer.allocUnsafe(-1)),
      messageOf(() => Buffer.concat(null as never)),
      messageOf(() => Buffer.from('x', 'no-such-encoding' as never)),
    ];
    const plain = results();
    const { shared } = watched();
    expect(results()).toEqual(plain);
    shared[kShared.noting] = 1;
    expect(results()).toEqual(plain);
  });

  it('puts methods there that look like those before, and these back', () => {
    const methods = NAMES.map((name) => Buffer[name]);
    const before = shapes();
    const { unwatch } = watched();
    expect(shapes()).toEqual(before);
    expect(Buffer.from).not.toBe(methods[0]);
    unwatch();
    expect(NAMES.map((name) => Buffer[name])).toEqual(methods);
  });

  it('works for two who watch, whichever ends first', () => {
    const [first, second] = [watched(), watched()];
    for (const { shared } of [first, second]) shared[kShared.noting] = 1;
    const both = Buffer.from('both');
    first.unwatch();
    const one = Buffer.from('one');
    expect(first.noted).toEqual([both]);
    expect(second.noted).toEqual([both, one]);
    second.unwatch();
    Buffer.from('none');
    expect(second.noted).toHaveLength(2);
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  return 'no error';
}
