// Continuous profiles for a server that takes them as Pyroscope does (POST /ingest, a form with a pprof profile;
// https://grafana.com/docs/pyroscope/latest/reference-server-api/): Pyroscope itself, Grafana Cloud, Alloy.
//
//   timer ─► dump ─► profile, in steps ─► gzip on another thread ─► queue, bounded ─► POST, one at a time
//                                                                     ▲                 │ failed
//                                                                     └── growing pause ◄┘
import { validateHeaderName, validateHeaderValue } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { checkOptions } from '../analysis/arguments';
import { asOwnWork, dump as takeDump } from '../capture/dump';
import { isTracing } from '../capture/tracing';
import { pprofSteps } from '../export/pprof';
import { ownVersion } from '../own-version';
import { AllocationDelta } from './allocation-delta';
import { PushQueue, type PushStats } from './push-queue';
import { checkWhole } from './reading';
import { type UploadResult, upload } from './upload';

/** Where to push, and how often. */
export interface PyroscopeOptions {
  /** Address of the server, as in `http://pyroscope:4040`; `/ingest` is added to its path. */
  url: string;
  /** Name of the application; default: that of the program's file without its ending. */
  name?: string;
  /** Labels of all its profiles, as in `{ region: 'eu' }`; default none. */
  tags?: Record<string, string>;
  /** Headers to send, as in `{ authorization: 'Bearer …', 'x-scope-orgid': 'team' }`; default none. */
  headers?: Record<string, string>;
  /** Time between profiles, in ms, at least 1,000. Default 60,000. */
  intervalMs?: number;
  /** For each request as a whole, in ms. Default 10,000. */
  timeoutMs?: number;
  /** Profiles kept while the server does not answer; the oldest falls off. Default 5. */
  mostQueued?: number;
  /** Attempts for each profile. Default 5. */
  mostAttempts?: number;
  /** The first pause after a failure, in ms; it doubles up to five minutes. Default 1,000. */
  firstPauseMs?: number;
  /** Put the cause below each stack. Default true. */
  joinCause?: boolean;
  /** Told of problems, once until something is sent again. Default: a line on stderr. */
  onProblem?: (problem: string) => void;
}

/** A push under way. */
export interface PyroscopePush {
  /** Takes a profile now and adds it to what waits to be sent; does nothing while the process is not traced. */
  pushNow(): Promise<void>;
  /** What became of the profiles so far. */
  stats(): PushStats;
  /** Takes a last profile, sends what waits, and ends; the process does not end before, or `timeoutMs` have passed. */
  stop(): Promise<void>;
}

interface Pending {
  profile: Buffer;
  fromMs: number;
  untilMs: number;
}

const gzipAsync = promisify(gzip);
const KNOWN = [
  'url',
  'name',
  'tags',
  'headers',
  'intervalMs',
  'timeoutMs',
  'mostQueued',
  'mostAttempts',
  'firstPauseMs',
  'joinCause',
  'onProblem',
];
const MOST_PAUSE_MS = 300_000;
const DAY_MS = 86_400_000;
/** A dump may take this part of the time between profiles; where one takes longer, they come less often. */
const MOST_OF_TIME = 0.02;
/** The names under which Pyroscope shows memory. */
const SAMPLE_TYPES = {
  count: 'inuse_objects',
  live: 'inuse_space',
  'total-count': 'alloc_objects',
  total: 'alloc_space',
};
const SAMPLE_TYPE_CONFIG = {
  inuse_objects: { units: 'objects', aggregation: 'average' },
  inuse_space: { units: 'bytes', aggregation: 'average' },
  alloc_objects: { units: 'objects', aggregation: 'sum' },
  alloc_space: { units: 'bytes', aggregation: 'sum' },
};

/**
 * Sends a profile of the memory of this process to a server at an interval: live bytes and allocations, and those made
 * since the profile before. It takes no profile while the process is not traced, keeps nothing from ending the
 * process, and counts what goes wrong instead of throwing. What it allocates itself is shown as abtrace's own.
 * @param options `url` is required; see {@link PyroscopeOptions}
 * @returns what ends it, and says how it goes
 * @throws TypeError, RangeError for wrong options
 */
export function pushToPyroscope(options: PyroscopeOptions): PyroscopePush {
  const settings = resolve(options);
  const delta = new AllocationDelta();
  let fromMs = Date.now();
  let busy: Promise<void> | undefined;
  let notBeforeMs = 0;
  let told = false;
  const queue = new PushQueue<Pending>({
    ...settings,
    mostPauseMs: MOST_PAUSE_MS,
    async send(pending) {
      const result = await send(pending, settings);
      if (result.ok) told = false;
      return result;
    },
    onProblem: tell,
  });

  function tell(problem: string): void {
    if (told) return;
    told = true;
    try {
      settings.onProblem(problem);
    } catch {
      // A handler of the program's that throws must not end it from a timer.
    }
  }

  async function take(): Promise<void> {
    if (!isTracing()) return;
    try {
      const startMs = performance.now();
      const taken = takeDump();
      notBeforeMs = performance.now() + (performance.now() - startMs) / MOST_OF_TIME;
      const allocated = delta.next(taken);
      const steps = pprofSteps(
        taken,
        { join: settings.joinCause ? 'cause' : 'none' },
        {
          sampleTypes: SAMPLE_TYPES,
          figureOf(site, metric) {
            if (metric === 'live') return site.liveBytes;
            if (metric === 'count') return site.liveCount;
            return metric === 'total' ? allocated(site).bytes : allocated(site).count;
          },
        },
      );
      let step = steps.next();
      for (; !step.done; step = steps.next()) await nextTurn();
      const profile = await gzipAsync(await step.value.encodeAsync());
      const untilMs = Date.now();
      queue.add({ profile, fromMs, untilMs });
      fromMs = untilMs;
    } catch (error) {
      // Tracing may be stopped at any moment, also by another thread.
      tell(error instanceof Error ? error.message : String(error));
    }
  }

  function pushNow(): Promise<void> {
    busy ??= asOwnWork(take).finally(() => {
      busy = undefined;
    });
    return busy;
  }

  const timer = asOwnWork(() =>
    setInterval(() => {
      if (performance.now() >= notBeforeMs) void asOwnWork(pushNow);
    }, settings.intervalMs).unref(),
  );
  return {
    pushNow,
    stats: () => queue.stats(),
    async stop() {
      clearInterval(timer);
      await pushNow();
      await asOwnWork(() => queue.drain());
    },
  };
}

/** Other work of the program first; by itself this does not keep the process from ending. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function send({ profile, fromMs, untilMs }: Pending, settings: Settings): Promise<UploadResult> {
  const url = new URL(settings.url);
  url.searchParams.set('name', settings.key);
  url.searchParams.set('from', String(Math.floor(fromMs / 1000)));
  url.searchParams.set('until', String(Math.ceil(untilMs / 1000)));
  url.searchParams.set('spyName', 'nodespy');
  const boundary = `abtrace-${fromMs.toString(36)}-${untilMs.toString(36)}-profile`;
  const part = (name: string, file: string, type: string): Buffer =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\nContent-Type: ${type}\r\n\r\n`,
    );
  const body = Buffer.concat([
    part('profile', 'profile.pprof', 'application/octet-stream'),
    profile,
    Buffer.from('\r\n'),
    part('sample_type_config', 'sample_type_config.json', 'application/json'),
    Buffer.from(`${JSON.stringify(SAMPLE_TYPE_CONFIG)}\r\n--${boundary}--\r\n`),
  ]);
  const headers = {
    'user-agent': `abtrace/${ownVersion()}`,
    ...settings.headers,
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': String(body.length),
  };
  return upload({ url, headers, body, timeoutMs: settings.timeoutMs });
}

interface Settings extends Required<Omit<PyroscopeOptions, 'url' | 'name' | 'tags'>> {
  url: URL;
  /** Name and tags as Pyroscope writes them: `app{region=eu}`. */
  key: string;
}

function resolve(options: PyroscopeOptions): Settings {
  checkOptions('pushToPyroscope', options, KNOWN);
  const {
    url,
    name = defaultName(),
    tags = {},
    headers = {},
    intervalMs = 60_000,
    timeoutMs = 10_000,
    mostQueued = 5,
    mostAttempts = 5,
    firstPauseMs = 1_000,
    joinCause = true,
    onProblem = sayOnStderr,
  } = options;
  checkWhole('pushToPyroscope: intervalMs', intervalMs, 1_000, DAY_MS);
  checkWhole('pushToPyroscope: timeoutMs', timeoutMs, 1, DAY_MS);
  checkWhole('pushToPyroscope: mostQueued', mostQueued, 1, 100);
  checkWhole('pushToPyroscope: mostAttempts', mostAttempts, 1, 100);
  checkWhole('pushToPyroscope: firstPauseMs', firstPauseMs, 1, MOST_PAUSE_MS);
  if (typeof joinCause !== 'boolean') throw new TypeError('pushToPyroscope: joinCause must be true or false');
  if (typeof onProblem !== 'function') throw new TypeError('pushToPyroscope: onProblem must be a function');
  checkTexts('tags', tags);
  checkTexts('headers', headers);
  for (const [header, value] of Object.entries(headers)) {
    validateHeaderName(header);
    validateHeaderValue(header, value);
  }
  for (const [tag, value] of [['name', name], ...Object.entries(tags)] as [string, string][]) {
    // Pyroscope has no escapes for these.
    if (typeof value !== 'string' || value === '' || /[{},="\s]/.test(value))
      throw new RangeError(
        `pushToPyroscope: ${tag} must be a text without {},=" and spaces, got ${JSON.stringify(value)}`,
      );
    if (!/^[A-Za-z_][\w.]*$/.test(tag))
      throw new RangeError(
        `pushToPyroscope: a tag's name must consist of letters, digits, _ and ., got ${JSON.stringify(tag)}`,
      );
  }
  const pairs = Object.entries(tags).map(([tag, value]) => `${tag}=${value}`);
  return {
    url: resolveUrl(url),
    key: pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`,
    headers,
    intervalMs,
    timeoutMs,
    mostQueued,
    mostAttempts,
    firstPauseMs,
    joinCause,
    onProblem,
  };
}

function resolveUrl(text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const Complaint = typeof text === 'string' ? RangeError : TypeError;
    throw new Complaint(
      `pushToPyroscope: url must be an address such as http://pyroscope:4040, got ${JSON.stringify(text) ?? 'nothing'}`,
    );
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/ingest`;
  return url;
}

function checkTexts(what: string, value: unknown): void {
  const texts = value !== null && typeof value === 'object' ? Object.values(value) : [undefined];
  if (!texts.every((text) => typeof text === 'string'))
    throw new TypeError(`pushToPyroscope: ${what} must be an object of texts`);
}

function defaultName(): string {
  const { name } = path.parse(process.argv[1] ?? '');
  return name.replace(/[{},="\s]/g, '_') || 'node';
}

function sayOnStderr(problem: string): void {
  process.stderr.write(`abtrace: profiles do not reach the server: ${problem}\n`);
}
