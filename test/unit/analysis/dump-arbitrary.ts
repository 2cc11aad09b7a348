// Random dumps for property tests: few places, so that sites share owners, files and causes.
import fc from 'fast-check';
import { KINDS } from '../../../lib/dump/format';
import { buildDump, type SiteSketch } from '../dump/dump-builder';

const frame = fc.constantFrom(
  'user main /srv/app/a.js:1:1',
  'user other /srv/app/a.js:9:1',
  'user main /srv/app/b.js:1:1',
  'user - evalmachine.<anonymous>:3:4',
  'dependency:got get /srv/app/node_modules/got/i.js:5:1',
  'dependency get /srv/app/vendor/i.js:5:1',
  'node read node:fs:1:1',
  'native grow :0:0',
);
const stack = fc.option(fc.array(frame, { maxLength: 4 }), { nil: null });
const bytes = fc.nat({ max: 1_000_000_000 });

const site: fc.Arbitrary<SiteSketch> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    thread: fc.nat({ max: 2 }),
    stack,
    cause: stack,
    label: fc.option(
      fc.dictionary(fc.constantFrom('label', 'tool', 'user'), fc.constantFrom('a', 'b'), { maxKeys: 2 }),
      {
        nil: null,
      },
    ),
    liveBytes: bytes,
    liveCount: fc.nat({ max: 10_000 }),
    totalBytes: bytes,
    totalCount: fc.nat({ max: 10_000 }),
    medianAgeMs: fc.option(fc.nat({ max: 100_000 }), { nil: null }),
  })
  .map((one) => ({ ...one, oldestMs: one.medianAgeMs }));

/** A dump with up to 40 sites. */
export const anyDump = fc.array(site, { maxLength: 40 }).map((sites) => buildDump({ sites }));
