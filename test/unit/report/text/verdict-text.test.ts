import { describe, expect, it } from 'vitest';
import { judge } from '../../../../lib/analysis/verdicts';
import { renderVerdicts } from '../../../../lib/report/text/verdict-text';
import { buildDump } from '../../dump/dump-builder';

/** A dump of a process that has kept so much for so long. */
function dumpAt(seconds: number, keptBytes: number) {
  return buildDump({
    createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString(),
    process: { uptimeSeconds: seconds, tracedSeconds: seconds, cwd: '/srv/app' },
    options: { gc: true },
    sites: [
      {
        stack: ['user keep /srv/app/a.js:3:7'],
        liveBytes: keptBytes,
        totalBytes: keptBytes,
        liveCount: keptBytes / 1e5,
        totalCount: keptBytes / 1e5,
        peakBytes: keptBytes,
      },
    ],
  });
}

describe('verdicts as text', () => {
  it('say once what the verdicts on the process and on its owner both rest on', () => {
    const verdicts = judge([dumpAt(10, 2_000_000), dumpAt(20, 6_000_000)]);
    expect(renderVerdicts(verdicts, { width: 100, cwd: '/srv/app' }).split('\n')).toEqual([
      '',
      'verdict, from 2 dumps: leak (confidence medium, +1,440 MB/h)',
      '6.00 MB  leak (confidence medium, +1,440 MB/h): keep  a.js:3:7',
      '  - grew from 2.00 MB to 6.00 MB, over 2 dumps in 10.0 s',
      '  - all of it survived a full collection',
      '  - nothing of 4.00 MB allocated meanwhile has been freed',
    ]);
  });

  it('give the evidence on the process where no owner has it', () => {
    const text = renderVerdicts(judge(dumpAt(10, 500_000)), { width: 100 });
    expect(text).toMatch(/^\nverdict, from one dump: not enough evidence\n {2}- 500 KB are live\n/);
  });
});
