import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { takeOver } from '../../../lib/capture/adoption';
import { kAdopted, kContext, type Resource, type StreamLike } from '../../../lib/capture/carriers';
import type { NativeAddon } from '../../../lib/native';

const native = { claimTab: vi.fn() } as unknown as NativeAddon;
const FIRST = 1;
const SECOND = 2;

/** What a `Socket` of node:net looks like, adopted by the first code if so asked. */
function socketOf({ adopted = false, more = {} } = {}): StreamLike {
  const handle: Resource = {};
  const own = adopted ? { [kAdopted]: true, [kContext]: FIRST } : {};
  return Object.assign(new EventEmitter(), { _readableState: {}, _handle: handle }, own, more);
}

function takenBy(stream: StreamLike, event: string): number | undefined {
  takeOver(native, stream, event, SECOND);
  expect(stream._handle?.[kContext]).toBe(stream[kContext] === FIRST ? undefined : stream[kContext]);
  return stream[kContext];
}

describe('a subscription that causes no tick', () => {
  it('takes over a stream that its adopter listens to no more', () => {
    expect(takenBy(socketOf({ adopted: true }), 'data')).toBe(SECOND);
    expect(takenBy(socketOf({ adopted: true }), 'readable')).toBe(SECOND);
  });

  it.each(['data', 'readable'])('leaves a stream to whoever listens to %s', (event) => {
    const socket = socketOf({ adopted: true });
    (socket as unknown as EventEmitter).on(event, () => {});
    expect(takenBy(socket, 'data')).toBe(FIRST);
  });

  it('adopts a connection that reads already when it is iterated', () => {
    expect(takenBy(socketOf(), 'readable')).toBe(SECOND);
    expect(takenBy(socketOf(), 'data')).toBeUndefined();
    expect(takenBy(socketOf({ more: { _handle: null } }), 'readable')).toBeUndefined();
  });

  it('leaves alone what a parser reads, and messages that a server was sent', () => {
    expect(takenBy(socketOf({ more: { parser: {} } }), 'readable')).toBeUndefined();
    expect(takenBy(socketOf({ more: { httpVersion: '1.1' } }), 'readable')).toBeUndefined();
  });
});
