// Contexts of resources whose objects Node has lost.
import { expect, it } from 'vitest';
import { kContext, kRole, type Resource } from '../../../lib/capture/carriers';
import { OtherResources } from '../../../lib/capture/other-resources';
import type { NativeAddon } from '../../../lib/native';

const native = {} as NativeAddon;

it('knows the context of a plain object by its id, time and again', () => {
  const others = new OtherResources(native);
  others.note(5, 'connection', {}, 77);
  for (let round = 0; round < 2; round += 1) {
    const empty: Resource = {};
    expect(others.recall(5, empty)).toBe(true);
    expect([empty[kContext], empty[kRole]]).toEqual([77, 'other']);
  }
  expect(others.recall(6, {})).toBe(false);
});

it('leaves out what has no context, and objects of classes, which are never lost', () => {
  const others = new OtherResources(native);
  others.note(5, 'connection', {}, 0);
  others.note(6, 'Timeout', new (class Timeout {})(), 77);
  expect(others.recall(5, {}) || others.recall(6, {})).toBe(false);
});

it('forgets what has not run for the longest time once there are too many', () => {
  const others = new OtherResources(native);
  for (let id = 1; id <= 4096; id += 1) others.note(id, 'connection', {}, id);
  others.recall(1, {});
  others.note(5000, 'connection', {}, 9);
  expect(others.recall(1, {})).toBe(true);
  expect(others.recall(2, {})).toBe(false);
  expect(others.recall(5000, {})).toBe(true);
});
