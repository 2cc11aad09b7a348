// Memory that native addons bring along: by an addon of our own that uses every spelling and counts what it frees.
import { describe, expect, it } from 'vitest';
import { bringerPath, runProgram } from './programs';

describe('memory that an addon brings along', () => {
  for (const guarded of [false, true]) {
    for (const when of ['before', 'after']) {
      const build = guarded ? 'bound at once and made read-only' : 'bound lazily';
      it(`is recorded in every spelling by an addon ${build}, loaded ${when} the start`, async () => {
        const env = { ABTRACE_TEST_BRINGER: await bringerPath(guarded) };
        const result = await runProgram('external-spellings.cjs', { args: [when], env });
        expect(result).toEqual({ wrong: [], links: true, unfreed: 0, wronglyFreed: 0 });
      });
    }
  }
});
