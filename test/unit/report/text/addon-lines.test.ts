import { describe, expect, it } from 'vitest';
import type { Declared } from '../../../../lib/dump/format';
import { widthOf } from '../../../../lib/report/text/safe-text';
import { renderTop } from '../../../../lib/report/text/top-table';
import { buildDump } from '../../dump/dump-builder';

const user = 'user keep /srv/app/keep.js:3:5';

function dumpOf(addons: (string | undefined)[]) {
  const dump = buildDump({ sites: addons.map((_, index) => ({ stack: [user], liveBytes: 1000 + index })) });
  for (const [index, addon] of addons.entries()) {
    const site = dump.sites.find(({ liveBytes }) => liveBytes === 1000 + index);
    if (site && addon !== undefined) Object.assign(site, { addon, kind: 'external', pastAllocator: true });
  }
  return dump;
}

function declare(addon: string | null, more: Partial<Declared>): Declared {
  const nothing = { thread: 0, stack: null, cause: null, label: null, owner: null };
  return { ...nothing, addon, increasedBytes: 0, decreasedBytes: 0, calls: 1, ...more };
}

describe('addons in the top table', () => {
  it('are named below the owner whose memory they brought along', () => {
    const text = renderTop(dumpOf(['@img/sharp-linux-x64']), { width: 120 });
    expect(text).toContain('  brought along by @img/sharp-linux-x64');
    expect(renderTop(dumpOf([undefined]), { width: 120 })).not.toContain('brought along');
  });

  it('are named with their bytes where the owner has other memory too, the fewest not at all', () => {
    const text = renderTop(dumpOf([undefined, 'a', 'b', 'c', 'd', 'e', 'f', 'g']), { width: 120 });
    const lines = text.split('\n').filter((line) => /brought along|and by/.test(line));
    expect(lines.map((line) => line.trim())).toEqual([
      '1.01 KB brought along by g',
      '1.01 KB brought along by f',
      '1.00 KB brought along by e',
      '1.00 KB brought along by d',
      '1.00 KB brought along by c',
      'and by 2 more addons',
    ]);
  });

  it('have what they declared in a table apart, which changes no other figure', () => {
    const dump = dumpOf([undefined]);
    const before = renderTop(dump, { width: 100 });
    const [site] = dump.sites;
    dump.declared = [
      declare('sqlite', { increasedBytes: 50_000_000, owner: site?.owner ?? null }),
      declare('sqlite', { decreasedBytes: 3_000_000 }),
      declare(null, { increasedBytes: 10 }),
    ];
    const text = renderTop(dump, { width: 100 });
    expect(text.startsWith(before)).toBe(true);
    const table = text.slice(before.length);
    expect(table).toMatch(/Declared to V8 by native addons/);
    expect(table).toMatch(/47\.0 MB +50\.0 MB +2 +sqlite\n +mostly keep +keep\.js:3:5/);
    expect(table).toMatch(/10 B +10 B +1 +unknown addon/);
  });

  it('never go over the width', () => {
    const dump = dumpOf([`@scope/${'long-name-'.repeat(20)}`]);
    dump.declared = [declare('long-name-'.repeat(30), { increasedBytes: 10 })];
    for (const width of [60, 80, 120]) {
      for (const line of renderTop(dump, { width }).split('\n'))
        expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
  });
});
