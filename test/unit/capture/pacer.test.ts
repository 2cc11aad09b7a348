import { describe, expect, it } from 'vitest';
import { Pacer } from '../../../lib/capture/pacer';

describe('a pacer', () => {
  it('leaves four fifths of the time between pauses to the program', () => {
    let nowMs = 0;
    const pacer = new Pacer(() => nowMs);
    expect(pacer.isTime()).toBe(true);
    nowMs = 1000;
    pacer.note(1000);
    nowMs = 4999;
    expect(pacer.isTime()).toBe(false);
    nowMs = 5000;
    expect(pacer.isTime()).toBe(true);
  });

  it('lets short pauses come as they like', () => {
    let nowMs = 0;
    const pacer = new Pacer(() => nowMs);
    pacer.note(5);
    nowMs = 20;
    expect(pacer.isTime()).toBe(true);
  });
});
