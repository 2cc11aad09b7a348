import { describe, expect, it } from 'vitest';
import { runInContext } from '../../../lib/capture/run-in-context';
import { kShared } from '../../../lib/native';

describe('runInContext', () => {
  it('goes back to the context before, whatever happens', () => {
    const shared = new Int32Array(kShared.count);
    shared[kShared.context] = 7;
    expect(runInContext(shared, 9, () => shared[kShared.context])).toBe(9);
    expect(shared[kShared.context]).toBe(7);
    const fail = () => {
      throw new Error('mine');
    };
    expect(() => runInContext(shared, 9, fail)).toThrow('mine');
    expect(shared[kShared.context]).toBe(7);
  });
});
