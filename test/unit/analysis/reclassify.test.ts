import { describe, expect, it } from 'vitest';
import { reclassify } from '../../../lib/analysis/reclassify';
import { buildDump, buildStory } from '../dump/dump-builder';

const nameOfPackage = () => null;
const ownersOf = (dump: ReturnType<typeof buildStory>) =>
  dump.sites.map(({ owner }) => `${owner?.function} via ${owner?.via}`);

describe('classifying the frames of a dump anew', () => {
  it('changes nothing by the rules that the dump was made with', () => {
    expect(reclassify(buildStory(), { nameOfPackage })).toEqual(buildStory());
  });

  it('leaves the dump that it is given alone', () => {
    const dump = buildStory();
    reclassify(dump, { user: ['**'], nameOfPackage });
    expect(dump).toEqual(buildStory());
  });

  it('finds other owners for other files of the user', () => {
    const dump = reclassify(buildStory(), { user: ['node_modules/@acme/**'], nameOfPackage });
    expect(ownersOf(dump)[0]).toBe('request via cause');
    expect(dump.sites[0]?.owner).toMatchObject({ origin: 'user', package: '@acme/client' });
  });

  it('passes over files that are now dependencies', () => {
    const dump = reclassify(buildStory(), { dependency: ['src/cache.js', 'server.js'], nameOfPackage });
    expect(ownersOf(dump)[2]).toBe('Cache.put via dependency');
  });

  it('uses the globs in the dump unless others are given', () => {
    const dump = buildStory(1, { options: { dependency: ['src/conversation/**'] } });
    expect(ownersOf(reclassify(dump, { nameOfPackage }))[0]).toBe('main via cause');
    expect(ownersOf(reclassify(dump, { dependency: [], nameOfPackage }))[0]).toBe('streamTurn via cause');
  });

  it('leaves native frames without a script as the tracer saw them', () => {
    const dump = buildDump({
      sites: [{ stack: ['native grow :0:0', 'user main /srv/app/a.js:1:1'], liveBytes: 1 }],
    });
    expect(reclassify(dump, { nameOfPackage }).frames).toEqual(dump.frames);
  });

  it('keeps the package that a dump knows where the disk does not tell', () => {
    const dump = buildDump({ sites: [{ stack: ['user:@acme/api main /gone/a.js:1:1'], liveBytes: 1 }] });
    expect(reclassify(dump, { nameOfPackage }).sites[0]?.owner?.package).toBe('@acme/api');
  });
});
