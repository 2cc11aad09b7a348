import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PushQueue, type PushQueueOptions } from '../../../lib/metrics/push-queue';
import type { UploadResult } from '../../../lib/metrics/upload';

const OK: UploadResult = { ok: true, retry: false, problem: '', retryAfterMs: null };
const BUSY: UploadResult = { ok: false, retry: true, problem: 'busy', retryAfterMs: null };
const REFUSED: UploadResult = { ok: false, retry: false, problem: 'refused', retryAfterMs: null };

/** A queue of names whose server answers what is planned, then OK; `sent` has the time of each attempt. */
function makeQueue(answers: UploadResult[], more: Partial<PushQueueOptions<string>> = {}) {
  const sent: string[] = [];
  const problems: string[] = [];
  const startMs = Date.now();
  const queue = new PushQueue<string>({
    send: async (item) => {
      sent.push(`${item}@${Date.now() - startMs}`);
      return answers.shift() ?? OK;
    },
    mostQueued: 3,
    mostAttempts: 3,
    firstPauseMs: 1000,
    mostPauseMs: 10_000,
    onProblem: (problem) => problems.push(problem),
    random: () => 1,
    ...more,
  });
  return { queue, sent, problems };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('PushQueue', () => {
  it('sends what is added, in order', async () => {
    const { queue, sent } = makeQueue([]);
    queue.add('a');
    queue.add('b');
    await vi.runAllTimersAsync();
    expect(sent).toEqual(['a@0', 'b@0']);
    expect(queue.stats()).toEqual({ sent: 2, failedAttempts: 0, dropped: 0, queued: 0, problem: null });
  });

  it('tries again after pauses that double, up to a bound', async () => {
    const { queue, sent, problems } = makeQueue([BUSY, BUSY, BUSY, BUSY, BUSY], {
      mostAttempts: 9,
      mostPauseMs: 5000,
    });
    queue.add('a');
    await vi.runAllTimersAsync();
    expect(sent).toEqual(['a@0', 'a@1000', 'a@3000', 'a@7000', 'a@12000', 'a@17000']);
    expect(problems).toHaveLength(5);
    expect(queue.stats()).toMatchObject({ sent: 1, failedAttempts: 5, problem: null });
  });

  it('waits as long as the server asks, within the bound', async () => {
    const { queue, sent } = makeQueue([
      { ...BUSY, retryAfterMs: 7000 },
      { ...BUSY, retryAfterMs: 86_400_000 },
    ]);
    queue.add('a');
    await vi.runAllTimersAsync();
    expect(sent).toEqual(['a@0', 'a@7000', 'a@17000']);
  });

  it('gives up what the server refuses, at once, and what was tried too often', async () => {
    const { queue, sent } = makeQueue([REFUSED, BUSY, BUSY, BUSY]);
    queue.add('a');
    queue.add('b');
    queue.add('c');
    await vi.runAllTimersAsync();
    expect(sent.map((text) => text[0])).toEqual(['a', 'b', 'b', 'b', 'c']);
    expect(queue.stats()).toMatchObject({ sent: 1, dropped: 2, queued: 0 });
  });

  it('keeps a bounded number, and drops the oldest', async () => {
    const { queue, sent } = makeQueue([BUSY], { firstPauseMs: 10_000 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(name);
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.stats()).toMatchObject({ queued: 3, dropped: 2, problem: 'busy' });
    await vi.runAllTimersAsync();
    // The first was on its way when the others fell off.
    expect(sent.map((text) => text[0])).toEqual(['a', 'a', 'd', 'e']);
  });

  it('drains: sends what waits, pauses or not, and gives up when that fails', async () => {
    const well = makeQueue([BUSY]);
    well.queue.add('a');
    await vi.advanceTimersByTimeAsync(0);
    well.queue.add('b');
    await well.queue.drain();
    expect(well.sent).toEqual(['a@0', 'a@0', 'b@0']);
    const badly = makeQueue([BUSY, BUSY, BUSY]);
    badly.queue.add('a');
    badly.queue.add('b');
    await badly.queue.drain();
    expect(badly.queue.stats()).toMatchObject({ sent: 0, queued: 0, dropped: 2 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves out a part of each pause, so that a fleet does not come back at once', async () => {
    const { queue, sent } = makeQueue([BUSY], { random: () => 0 });
    queue.add('a');
    await vi.runAllTimersAsync();
    expect(sent).toEqual(['a@0', 'a@500']);
  });
});
