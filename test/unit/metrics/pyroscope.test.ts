import { describe, expect, it } from 'vitest';
import { type PyroscopeOptions, pushToPyroscope } from '../../../lib/metrics/pyroscope';

const url = 'http://localhost:4040';

describe('pushToPyroscope', () => {
  it.each<[string, unknown, RegExp]>([
    ['no options', undefined, /options must be an object/],
    ['no address', {}, /url must be an address such as http:\/\/pyroscope:4040, got nothing/],
    ['another protocol', { url: 'ftp://x' }, /url must be an address .*, got "ftp:\/\/x"/],
    ['an unknown option', { url, interval: 5 }, /unknown option 'interval'/],
    [
      'an interval that is too short',
      { url, intervalMs: 999 },
      /intervalMs must be a whole number from 1000 to 86400000, got 999/,
    ],
    ['a name that would end', { url, name: 'a{b' }, /name must be a text without/],
    [
      'a tag that would end',
      { url, tags: { region: 'eu,us' } },
      /region must be a text without .* got "eu,us"/,
    ],
    ['a tag with an odd name', { url, tags: { 'a b': 'x' } }, /a tag's name must consist of .* got "a b"/],
    ['headers that are no texts', { url, headers: { a: 1 } }, /headers must be an object of texts/],
    ['headers that are none', { url, headers: { a: 'x\ny' } }, /[Ii]nvalid/],
    ['no handler', { url, onProblem: 'x' }, /onProblem must be a function/],
  ])('refuses %s', (_title, options, message) => {
    expect(() => pushToPyroscope(options as PyroscopeOptions)).toThrow(message);
  });

  it('does nothing while the process is not traced', async () => {
    const push = pushToPyroscope({ url, onProblem: () => undefined });
    await push.pushNow();
    await push.stop();
    expect(push.stats()).toEqual({ sent: 0, failedAttempts: 0, dropped: 0, queued: 0, problem: null });
  });
});
