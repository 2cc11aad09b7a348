// Dumps for the tests of the report: the story that started abtrace, many of it in a row, very many sites, hostile names.
import type { Dump, Path, Site } from '../../../../lib/dump/format';
import { buildDump, type SiteSketch } from '../../dump/dump-builder';

const UNDICI = 'node:internal/deps/undici/undici';
const TICKS = 'node processTicksAndRejections node:internal/process/task_queues:105:5';
const FIRST_MS = Date.parse('2026-01-31T12:00:00.000Z');

/** What keeps the story's memory. */
const STORY_PATHS: Path[] = [
  {
    thread: 0,
    root: { kind: 'module', name: 'sessions', class: 'Map', where: null },
    steps: [
      { type: 'entry', name: '', class: 'Session', where: null, repeats: false },
      { type: 'property', name: 'chunks', class: 'Array', where: null, repeats: false },
      { type: 'element', name: '', class: 'Uint8Array', where: null, repeats: false },
    ],
  },
  {
    thread: 0,
    root: { kind: 'module', name: 'sessions', class: 'Map', where: null },
    steps: [
      { type: 'entry', name: '', class: 'Session', where: null, repeats: false },
      { type: 'property', name: 'avatar', class: 'ArrayBuffer', where: null, repeats: false },
    ],
  },
  {
    thread: 0,
    root: { kind: 'closure', name: 'cache', class: 'LruCache', where: null },
    steps: [
      { type: 'private', name: '#entries', class: 'Map', where: null, repeats: false },
      { type: 'entry', name: '', class: 'Uint8Array', where: null, repeats: false },
    ],
  },
];

/**
 * The story after some minutes: bodies read by fetch and kept, avatars, a cache, a pool, one read without JavaScript.
 * @param file the owner's source, so that its lines can be shown
 */
export function storyAt(minutes: number, file = '/srv/app/src/session.ts'): Dump {
  const grown = minutes / 34;
  const sites: (SiteSketch & { retainers?: Site['retainers'] })[] = [
    {
      stack: [`node fetchParams.controller.resume ${UNDICI}:14902:20`, TICKS],
      cause: [
        'dependency:@acme/client request /srv/app/node_modules/@acme/client/dist/request.js:88:17',
        `user streamTurn ${file}:12:24`,
        'user handleMessage /srv/app/src/server.ts:61:11',
        'user main /srv/app/src/server.ts:14:3',
      ],
      liveBytes: Math.round(2_310_000_000 * grown),
      liveCount: Math.round(35_246 * grown),
      totalBytes: Math.round(2_530_000_000 * grown),
      totalCount: Math.round(38_600 * grown),
      peakBytes: Math.round(2_318_000_000 * grown),
      oldestMs: minutes * 60_000 - 9000,
      medianAgeMs: minutes * 29_000,
      ages: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 40, 90, 170, 320, 700, 1500, 2900, 5100, 9800, 14614],
      retainers: [{ path: 0, bytes: Math.round(2_310_000_000 * grown), count: Math.round(35_246 * grown) }],
    },
    {
      stack: [
        `node cloneAsUint8Array node:internal/webstreams/util:184:10`,
        'node readableByteStreamTee node:internal/webstreams/readablestream:1740:11',
      ],
      cause: [`user streamTurn ${file}:12:24`, 'user handleMessage /srv/app/src/server.ts:61:11'],
      liveBytes: Math.round(410_000_000 * grown),
      liveCount: Math.round(6_260 * grown),
      totalBytes: Math.round(470_000_000 * grown),
      totalCount: Math.round(7_170 * grown),
      medianAgeMs: minutes * 30_000,
      oldestMs: minutes * 60_000 - 12_000,
      retainers: [{ path: 0, bytes: Math.round(410_000_000 * grown), count: Math.round(6_260 * grown) }],
    },
    {
      stack: [`node successSteps ${UNDICI}:1743:27`, `node fullyReadBody ${UNDICI}:5010:9`, TICKS],
      cause: [
        'user fetchAvatar /srv/app/src/users/fetch-avatar.ts:31:30',
        'user render /srv/app/src/users/page.ts:9:5',
      ],
      liveBytes: 118_000_000,
      liveCount: 1_801,
      totalBytes: Math.round(1_900_000_000 * grown),
      totalCount: Math.round(30_010 * grown),
      oldestMs: 90_000,
      medianAgeMs: 20_300,
      label: { tool: 'avatars' },
      retainers: [{ path: 1, bytes: 110_000_000, count: 1_690 }],
    },
    {
      stack: [
        'node allocate node:buffer:462:21',
        'user Cache.put /srv/app/src/cache.ts:17:9',
        'user main /srv/app/src/server.ts:14:3',
      ],
      liveBytes: 33_554_432,
      liveCount: 512,
      medianAgeMs: 1_900,
      oldestMs: 12_400,
      retainers: [{ path: 2, bytes: 33_554_432, count: 512 }],
    },
    {
      stack: [
        'dependency:busy-pool grow /srv/app/node_modules/busy-pool/lib/pool.js:90:12',
        'node listOnTimeout node:internal/timers:573:17',
      ],
      liveBytes: 13_107_200,
      liveCount: 200,
      medianAgeMs: 61_000,
      oldestMs: 120_000,
      thread: 1,
    },
    { stack: null, liveBytes: 2_097_152, liveCount: 32, medianAgeMs: 8, oldestMs: 40 },
  ];
  const liveBytes = sites.reduce((sum, site) => sum + (site.liveBytes ?? 0), 0);
  const arrayBuffersBytes = liveBytes + 33_000_000;
  const dump = buildDump({
    sites,
    createdAt: new Date(FIRST_MS + minutes * 60_000).toISOString(),
    process: { uptimeSeconds: minutes * 60 + 1, tracedSeconds: minutes * 60 },
    memory: { externalBytes: arrayBuffersBytes + 470_000_000, heapUsedBytes: 126_000_000 },
    growth: { mbPerHour: 4_790, bytesPerSecond: 1_330_000, overSeconds: minutes * 60 },
    options: { gc: true },
    coverage: {
      arrayBuffersBytes,
      belowThresholdBytes: 1_900_000,
      beforeStartBytes: 15_135_136,
      tracerBytes: 15_900_000,
      remainderBytes: 64_864,
    },
  });
  return { ...dump, paths: STORY_PATHS };
}

/** A dump with so many sites, of stacks that differ in depth and share their outer frames. */
export function manySites(count: number): Dump {
  let seed = 42;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const sites = Array.from({ length: count }, (_, index): SiteSketch => {
    const module = random(400);
    const depth = 4 + random(24);
    // Few branches next to the root, more of them further out.
    const outermostFirst = Array.from({ length: depth }, (_, level) => {
      const branch = Math.floor(module / 4 ** Math.max(0, 5 - level));
      const origin = level % 5 === 0 ? 'user' : level % 3 === 0 ? 'dependency:lib' : 'node';
      return `${origin} fn${branch}_${level} /srv/app/src/module${branch}/file${level}.js:${10 + level}:5`;
    });
    const liveBytes = 1 + random(1_000_000);
    return {
      stack: [
        `user site${index} /srv/app/src/module${module}/site${index}.js:${1 + random(900)}:9`,
        ...outermostFirst.reverse(),
      ],
      cause:
        random(2) === 0
          ? [`user handler${random(300)} /srv/app/src/handlers.js:${1 + random(2000)}:3`]
          : null,
      liveBytes,
      liveCount: 1 + random(50),
      medianAgeMs: random(1_000_000),
    };
  });
  return buildDump({ sites });
}

/** Texts that break out of HTML, of scripts, of lines and of the order of letters. */
export const HOSTILE_NAMES = [
  '</script><script>window.broken=1</script>',
  '<img src=x onerror=window.broken=1>',
  '<!--<script>',
  '"\' onload="window.broken=1" x=\'',
  'a\u202etxt.exe',
  'a\u2028b\u2029c',
  'lone\ud800surrogate',
  'nul\u0000bell\u0007',
  '&lt;b&gt; &amp; ]]>',
  'x'.repeat(10_000),
  `z${'\u0301'.repeat(500)}`,
  '__proto__',
  'constructor',
];

/** A dump whose every name is one of {@link HOSTILE_NAMES}. */
export function hostile(): Dump {
  const dump = buildDump({
    sites: HOSTILE_NAMES.map((_, index) => ({
      stack: [`user name${index} file${index}:1:1`, `dependency:pkg${index} name${index} file${index}:2:1`],
      cause: [`user name${index} file${index}:3:1`],
      label: { [`key${index}`]: `value${index}` },
      liveBytes: 1000 * (index + 1),
    })),
    process: {
      title: HOSTILE_NAMES[0] ?? '',
      script: `/srv/${HOSTILE_NAMES[1]}`,
      cwd: `/srv/${HOSTILE_NAMES[4]}`,
    },
    drops: [{ reason: HOSTILE_NAMES[0] ?? '', count: 3 }],
  });
  const replace = (text: string) => {
    const match = /^(?:name|file|pkg|key|value)(\d+)$/.exec(text);
    return match ? (HOSTILE_NAMES[Number(match[1])] ?? text) : text;
  };
  return {
    ...dump,
    strings: dump.strings.map(replace),
    sites: dump.sites.map((site) => ({
      ...site,
      label: Object.fromEntries(
        Object.entries(site.label ?? {}).map(([key, value]) => [replace(key), replace(value)]),
      ),
      owner: site.owner && {
        ...site.owner,
        function: replace(site.owner.function),
        file: replace(site.owner.file),
        package: site.owner.package === null ? null : replace(site.owner.package),
      },
    })),
  };
}
