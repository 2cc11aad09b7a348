// Builds dumps for tests from frames written as text, so that a test shows at one look what is in the dump.
import { createOwnerFinder } from '../../../lib/analysis/owner';
import { StringTable } from '../../../lib/analysis/string-table';
import {
  DUMP_FORMAT,
  type Dump,
  type Estimate,
  type Frame,
  type Origin,
  type Site,
} from '../../../lib/dump/format';

/** A site whose stacks are frames as {@link frameOf} reads them, innermost first. */
export interface SiteSketch extends Partial<Omit<Site, 'stack' | 'cause' | 'owner'>> {
  stack?: string[] | null;
  cause?: string[] | null;
}

/** What of a dump differs from an unremarkable one. */
export interface DumpSketch {
  sites?: SiteSketch[];
  createdAt?: string;
  process?: Partial<Dump['process']>;
  memory?: Partial<Dump['memory']>;
  growth?: Partial<Dump['growth']>;
  options?: Partial<Dump['options']>;
  coverage?: Partial<Dump['coverage']>;
  drops?: Dump['drops'];
}

/**
 * Reads `origin[:package] function file:line:column`, as in `dependency:got next /srv/node_modules/got/a.js:1:2`;
 * the function may be `-` for none.
 */
function frameOf(text: string, table: StringTable): Frame {
  const match = /^(user|dependency|node|native)(?::(\S+))? (\S+) (.*):(\d+):(\d+)$/s.exec(text);
  if (!match) throw new Error(`not a frame: ${text}`);
  const [, origin, owner, name = '', file = '', line, column] = match;
  return {
    function: table.indexOf(name === '-' ? '' : name.replaceAll('\u00a0', ' ')),
    file: table.indexOf(file),
    line: Number(line),
    column: Number(column),
    origin: origin as Origin,
    package: owner === undefined ? null : table.indexOf(owner),
  };
}

/** Builds a dump that is right in every way: tables, owners, order of sites, coverage. */
export function buildDump(sketch: DumpSketch = {}): Dump {
  const table = new StringTable([]);
  const frames: Frame[] = [];
  const frameIndices = new Map<string, number>();
  const stacks: number[][] = [];
  const addStack = (texts: string[] | null | undefined): number | null => {
    if (!texts) return null;
    const stack = texts.map((text) => {
      const known = frameIndices.get(text) ?? frames.push(frameOf(text, table)) - 1;
      frameIndices.set(text, known);
      return known;
    });
    return stacks.push(stack) - 1;
  };
  const placed = (sketch.sites ?? []).map(({ stack, cause, ...rest }) => ({
    rest,
    stack: addStack(stack),
    cause: addStack(cause),
  }));
  const findOwner = createOwnerFinder({ strings: table.strings, frames, stacks });
  const sites = placed
    .map(({ rest, stack, cause }) => makeSite({ stack, cause, owner: findOwner(stack, cause), ...rest }))
    .sort((a, b) => b.liveBytes - a.liveBytes);
  const exact = sites.filter(({ sampled }) => !sampled);
  const sampled = sites.filter((site) => site.sampled);
  const attributedBytes = exact.reduce((sum, site) => sum + site.liveBytes, 0);
  const liveCount = exact.reduce((sum, site) => sum + site.liveCount, 0);
  const sampledCoverage = {
    belowThresholdEstimateBytes: sampled.reduce((sum, site) => sum + site.liveBytes, 0),
    belowThresholdErrorBytes: Math.hypot(...sampled.map(({ estimate }) => estimate?.liveBytesError ?? 0)),
  };
  const arrayBuffersBytes = sketch.coverage?.arrayBuffersBytes ?? attributedBytes;
  const seconds = 2040;
  return {
    format: DUMP_FORMAT,
    version: 1,
    createdAt: sketch.createdAt ?? '2026-01-31T12:00:00.000Z',
    process: {
      pid: 4242,
      node: 'v24.1.0',
      v8: '13.6.233.10-node.11',
      platform: 'linux',
      arch: 'x64',
      execPath: '/usr/bin/node',
      script: '/srv/app/server.js',
      cwd: '/srv/app',
      title: 'node',
      uptimeSeconds: seconds + 1,
      tracedSeconds: seconds,
      threads: [{ id: 0, name: '', alive: true, arrayBuffersBytes, liveBytes: attributedBytes, liveCount }],
      ...sketch.process,
    },
    memory: {
      rssBytes: arrayBuffersBytes + 300_000_000,
      heapTotalBytes: 160_000_000,
      heapUsedBytes: 126_000_000,
      externalBytes: arrayBuffersBytes + 4_000_000,
      arrayBuffersBytes,
      maxRssBytes: arrayBuffersBytes + 350_000_000,
      mallocedBytes: 262_320,
      peakMallocedBytes: 6_000_000,
      heapLimitBytes: 4_345_298_944,
      nativeContexts: 1,
      detachedContexts: 0,
      ...sketch.memory,
    },
    growth: {
      of: 'arrayBuffers',
      bytesPerSecond: arrayBuffersBytes / seconds,
      mbPerHour: (arrayBuffersBytes / seconds) * (3600 / 1e6),
      overSeconds: seconds,
      ...sketch.growth,
    },
    options: {
      thresholdBytes: 256,
      stackDepth: 32,
      causes: true,
      workers: true,
      user: [],
      dependency: [],
      gc: false,
      ...sketch.options,
    },
    coverage: {
      arrayBuffersBytes,
      attributedBytes,
      belowThresholdBytes: 0,
      beforeStartBytes: 0,
      tracerBytes: 0,
      remainderBytes: arrayBuffersBytes - attributedBytes,
      ...(sampled.length > 0 ? sampledCoverage : {}),
      ...sketch.coverage,
    },
    drops: sketch.drops ?? [],
    strings: table.strings,
    frames,
    stacks,
    sites,
  };
}

function makeSite(site: Partial<Site> & Pick<Site, 'stack' | 'cause' | 'owner'>): Site {
  const { liveBytes = 0, liveCount = liveBytes > 0 ? 1 : 0 } = site;
  return {
    kind: 'array-buffer',
    thread: 0,
    label: null,
    liveBytes,
    liveCount,
    totalBytes: liveBytes,
    totalCount: liveCount,
    peakBytes: liveBytes,
    peakCount: liveCount,
    sampled: false,
    oldestMs: liveCount > 0 ? 1000 : null,
    medianAgeMs: liveCount > 0 ? 500 : null,
    ...site,
  };
}

/** What a sampled site rests on, its live bytes being off by so much. */
export function estimateOff(liveBytesError: number): Estimate {
  return {
    liveSamples: 10,
    totalSamples: 20,
    liveBytesError,
    liveCountError: 3,
    totalBytesError: 2 * liveBytesError,
    totalCountError: 5,
  };
}

const UNDICI = 'node:internal/deps/undici/undici';

/** The story that started abtrace: bodies read through fetch and kept. */
export function buildStory(scale = 1, more: DumpSketch = {}): Dump {
  return buildDump({
    sites: [
      {
        stack: [
          `node fetchParams.controller.resume ${UNDICI}:14902:20`,
          'node processTicksAndRejections node:internal/process/task_queues:105:5',
        ],
        cause: [
          'dependency:@acme/client request /srv/app/node_modules/@acme/client/dist/request.js:88:17',
          'user streamTurn /srv/app/src/conversation/session.ts:212:18',
          'user main /srv/app/server.js:40:3',
        ],
        liveBytes: Math.round(2_410_000_000 * scale),
        liveCount: Math.round(36_771 * scale),
        totalBytes: Math.round(2_530_000_000 * scale),
        totalCount: Math.round(38_600 * scale),
        oldestMs: 2_030_000,
        medianAgeMs: 1_010_000,
      },
      {
        stack: [
          `node successSteps ${UNDICI}:1743:27`,
          `node fullyReadBody ${UNDICI}:5010:9`,
          'node processTicksAndRejections node:internal/process/task_queues:105:5',
        ],
        cause: ['user fetchAvatar /srv/app/src/users/avatar/thumbnails/fetch-avatar.ts:31:30'],
        liveBytes: 480_000_000,
        liveCount: 7_324,
        totalBytes: 1_900_000_000,
        totalCount: 30_010,
        oldestMs: 2_000_000,
        medianAgeMs: 60_300,
        label: { tool: 'avatars' },
      },
      {
        stack: [
          'node allocate node:buffer:462:21',
          'user Cache.put /srv/app/src/cache.js:17:9',
          'user main /srv/app/server.js:40:3',
        ],
        liveBytes: 8_388_608,
        liveCount: 128,
        medianAgeMs: 1_900,
        oldestMs: 12_400,
      },
      {
        stack: [
          'dependency:busy-pool grow /srv/app/node_modules/busy-pool/lib/pool.js:90:12',
          'node listOnTimeout node:internal/timers:573:17',
        ],
        liveBytes: 1_310_720,
        liveCount: 20,
        thread: 1,
      },
      { stack: null, liveBytes: 65_536, liveCount: 1, kind: 'other' },
    ],
    growth: { mbPerHour: 490, bytesPerSecond: 136_111, overSeconds: 2040 },
    coverage: {
      arrayBuffersBytes: Math.round(2_410_000_000 * scale) + 507_000_000,
      belowThresholdBytes: 1_100_000,
      beforeStartBytes: 135_136,
      tracerBytes: 16_000_000,
      remainderBytes: 0,
    },
    ...more,
  });
}
