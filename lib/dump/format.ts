// The one definition of the dump format, version 1: the types, the reader's check and the published JSON Schema
// all come from here. It must stay free of logic, and readers must go on tolerating fields that they do not know.
//
// How the tables hang together (indices are 0-based, lines and columns 1-based):
//
//   sites[0]   { stack: 0, cause: 1, liveBytes: 65536, … }
//                     │         └───────────────┐
//   stacks     [ [0, 1],                     [2] ]          frames, innermost first
//                 │  └────────────┐           │
//   frames     [ {function: 0,   {function: 2,   {function: 4,
//                 file: 1, …},    file: 1, …},    file: 5, …} ]
//   strings    [ "resume", "node:internal/deps/undici/undici", "…", …, "streamTurn", "/srv/src/session.ts" ]
import type { Static } from '@sinclair/typebox';
import { defineCoverageSchema } from './coverage-format';
import { fieldsOf, type TypeBuilder } from './fields';
import { definePathSchemas } from './path-format';

/** The `format` field of every dump. */
export const DUMP_FORMAT = 'abtrace-dump';
/** The newest version of the format that this code reads, and the one that it writes. */
export const DUMP_VERSION = 1;

/** What an allocation is made of; `other` is whatever later versions cannot name. */
export const KINDS = ['array-buffer', 'shared', 'resizable', 'wasm', 'external', 'other'] as const;
/** Whose code a frame is. */
export const ORIGINS = ['user', 'dependency', 'node', 'native'] as const;
/** How the owner of a site was found. */
export const VIAS = ['stack', 'cause', 'dependency', 'none'] as const;

const ISO_DATE = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$';

/**
 * Builds the schema of a dump.
 * @param Type TypeBox's `Type`
 * @returns the TypeBox schema, which is a JSON Schema as it stands
 */
export function defineDumpSchema(Type: TypeBuilder) {
  const { text, flag, whole, amount, signed, orNull, oneOf } = fieldsOf(Type);

  const thread = Type.Object({
    id: whole('threadId of node:worker_threads; 0 is the main thread'),
    name: text('name of the thread, empty if it has none'),
    alive: flag('false if the thread had ended when the dump was taken'),
    arrayBuffersBytes: whole('bytes that the allocator of this thread had handed out and not taken back'),
    liveBytes: whole('live bytes of the sites of this thread that are not sampled'),
    liveCount: whole('live allocations of the sites of this thread that are not sampled'),
  });

  const processSection = Type.Object({
    pid: whole('process id'),
    node: text("version of Node.js, as in 'v24.1.0'"),
    v8: text('version of V8'),
    platform: text("process.platform, as in 'linux'"),
    arch: text("process.arch, as in 'x64'"),
    execPath: text('absolute path of the node executable'),
    script: orNull(Type.String(), 'absolute path of the program; null with --eval, stdin or the REPL'),
    cwd: text('working directory when the dump was taken'),
    title: text('process.title'),
    uptimeSeconds: amount('seconds since the process started'),
    tracedSeconds: amount('seconds since tracing started'),
    threads: Type.Array(thread, { description: 'every thread that was traced, ended ones included' }),
  });

  const memory = Type.Object(
    {
      rssBytes: whole('resident set size of the process'),
      heapTotalBytes: whole('size of the V8 heap'),
      heapUsedBytes: whole('bytes in use on the V8 heap'),
      externalBytes: whole('`external` of process.memoryUsage()'),
      arrayBuffersBytes: whole('`arrayBuffers` of process.memoryUsage()'),
      rssAtStartBytes: Type.Optional(whole('resident set size when tracing started')),
      maxRssBytes: whole('highest resident set size so far, in bytes on every platform'),
      mallocedBytes: whole('bytes that V8 has taken by malloc'),
      peakMallocedBytes: whole('highest mallocedBytes so far'),
      heapLimitBytes: whole('size that the V8 heap may grow to'),
      nativeContexts: whole('number of live V8 contexts'),
      detachedContexts: whole('number of detached V8 contexts not yet collected'),
    },
    { description: 'memory of the process (RSS) and of the thread that took the dump (all else)' },
  );

  const growth = Type.Object(
    {
      of: Type.Literal('arrayBuffers', { description: 'what grew' }),
      bytesPerSecond: signed('mean growth since tracing started; negative if it shrank'),
      mbPerHour: signed('the same in units of 1,000,000 bytes an hour'),
      overSeconds: amount('length of the time looked at'),
    },
    { description: 'how arrayBuffers changed from the start of tracing to the dump' },
  );

  const options = Type.Object(
    {
      thresholdBytes: whole('smaller allocations were not captured'),
      sampleBytes: Type.Optional(
        whole('mean bytes below the threshold from one sample to the next; 0 or absent: none were sampled'),
      ),
      stackDepth: whole('most frames captured for a stack'),
      causes: flag('whether asynchronous causes were captured'),
      workers: flag('whether worker threads were traced'),
      growable: Type.Optional(
        flag('whether the making and growth of WebAssembly.Memory and resizable buffers was noted'),
      ),
      user: Type.Array(Type.String(), { description: 'globs of files counted as user code' }),
      dependency: Type.Array(Type.String(), { description: 'globs of files counted as dependencies' }),
      gc: flag('whether a full garbage collection was done before the dump'),
    },
    { description: 'the options in force' },
  );

  const coverage = defineCoverageSchema(Type);

  const drop = Type.Object({
    reason: text('why'),
    count: whole('how many allocations were not recorded, or not fully'),
  });

  const origin = oneOf(ORIGINS, 'whose code this is');
  const line = whole('line, 1-based; 0 if unknown');
  const column = whole('column, 1-based; 0 if unknown');

  const original = Type.Object(
    {
      function: whole('index into strings: name of the function in the original source'),
      file: whole('index into strings: the original source'),
      line,
      column,
    },
    { description: 'the position in the original source; set where source maps have been applied' },
  );

  const frame = Type.Object({
    function: whole('index into strings: name of the function, empty if it has none'),
    file: whole(
      'index into strings: absolute path, `node:…` for internals, else the name that the script was given; may be empty',
    ),
    line,
    column,
    origin,
    package: orNull(whole('index into strings'), 'name of the npm package that the file belongs to'),
    original: Type.Optional(original),
  });

  const owner = Type.Object({
    function: text('name of the function, empty if it has none'),
    file: text('as the file of a frame'),
    line,
    column,
    origin,
    package: orNull(Type.String(), 'name of the npm package that the file belongs to'),
    via: oneOf(VIAS, 'where the owner was found'),
  });

  const { path, walk, siteRetainers } = definePathSchemas(Type);

  // Each allocation below the threshold is taken with p = 1 - exp(-size / sampleBytes), independently of the others,
  // and stands for 1 / p allocations and size / p bytes. The error of a sum is the square root of the sum of
  // (1 - p) / p² or of (1 - p) size² / p² over those taken: Horvitz and Thompson, JASA 47 (1952), for Poisson sampling.
  const estimate = Type.Object(
    {
      liveSamples: whole('live allocations that were taken'),
      totalSamples: whole('allocations that were taken since tracing started'),
      liveBytesError: amount('standard error of liveBytes'),
      liveCountError: amount('standard error of liveCount'),
      totalBytesError: amount('standard error of totalBytes'),
      totalCountError: amount('standard error of totalCount'),
    },
    { description: 'what the figures of a sampled site rest on; absent for others' },
  );

  const site = Type.Object({
    kind: oneOf(KINDS, 'what was allocated'),
    thread: whole('id of the thread that allocated'),
    stack: orNull(
      whole('index into stacks'),
      'the JavaScript stack at the allocation; null if there was none',
    ),
    cause: orNull(whole('index into stacks'), 'the stack that started the work which led to the allocation'),
    label: orNull(Type.Record(Type.String(), Type.String()), 'labels in force at the allocation'),
    addon: Type.Optional(
      text('name of the native addon that made it, of the kind `external`; absent if not known'),
    ),
    owner: orNull(owner, 'the one frame to look at; null if no frame qualifies'),
    liveBytes: whole('bytes alive when the dump was taken'),
    liveCount: whole('allocations alive when the dump was taken'),
    totalBytes: whole('bytes allocated since tracing started'),
    totalCount: whole('allocations since tracing started'),
    peakBytes: whole('liveBytes at its highest'),
    peakCount: whole('liveCount at its highest'),
    sampled: flag('true if bytes and counts are estimates, of allocations below the threshold; else exact'),
    estimate: Type.Optional(estimate),
    oldestMs: orNull(amount('milliseconds'), 'age of the oldest live allocation; null if none is alive'),
    medianAgeMs: orNull(amount('milliseconds'), 'median age of the live allocations; null if none is alive'),
    firstMs: Type.Optional(amount('milliseconds since the first allocation, be it alive or not')),
    ages: Type.Optional(
      Type.Array(whole('live allocations'), {
        description:
          'live allocations by age, in buckets that double: [0] is below 1 ms, [i] is from 2^(i-1) to below 2^i ms, ' +
          '[31] is all that are older; as long as the last that is not empty; of a sampled site, estimates',
      }),
    ),
    collected: Type.Optional(
      Type.Object(
        { bytes: whole('bytes'), count: whole('allocations') },
        {
          description:
            'what the collection before the dump freed of this site; set if garbage was collected first',
        },
      ),
    ),
    slabs: Type.Optional(
      Type.Object(
        {
          bytes: whole('bytes of liveBytes'),
          count: whole('how many slabs'),
          estimatedBytes: whole('of these, slabs whose Buffers were not noted: charged as those that were'),
        },
        {
          description:
            'slabs that Node cuts small Buffers from and that live ones of this site keep alive; set if garbage was ' +
            'collected or retainers were asked for: otherwise a slab is charged to whoever had Node take it',
        },
      ),
    ),
    pastAllocator: Type.Optional(
      flag('true if this memory never passes the allocator, so that `arrayBuffers` does not count it'),
    ),
    found: Type.Optional(
      flag('true if these were found on the heap but not recorded when they were made; totals equal live'),
    ),
    ...siteRetainers,
  });

  const declared = Type.Object({
    addon: orNull(Type.String(), 'name of the native addon; null if not known'),
    thread: whole('id of the thread that declared'),
    stack: orNull(whole('index into stacks'), 'the JavaScript stack at the call; null if there was none'),
    cause: orNull(whole('index into stacks'), 'as that of a site'),
    label: orNull(Type.Record(Type.String(), Type.String()), 'labels in force at the call'),
    owner: orNull(owner, 'as that of a site'),
    increasedBytes: whole('bytes declared as taken since tracing started'),
    decreasedBytes: whole(
      'bytes declared as given back; mostly by finalizers, which have no stack and so stand in a row of their own',
    ),
    calls: whole('how many calls'),
  });

  return Type.Object(
    {
      format: Type.Literal(DUMP_FORMAT, { description: 'marks the file as a dump of abtrace' }),
      version: Type.Literal(DUMP_VERSION, { description: 'version of the format' }),
      createdAt: Type.String({ pattern: ISO_DATE, description: 'when the dump was taken, ISO 8601' }),
      process: processSection,
      memory,
      growth,
      options,
      coverage,
      drops: Type.Array(drop, { description: 'allocations that were not recorded, by reason' }),
      strings: Type.Array(Type.String(), { description: 'texts that the tables below refer to' }),
      frames: Type.Array(frame, { description: 'places in code' }),
      stacks: Type.Array(Type.Array(whole('index into frames')), {
        description: 'lists of frames, innermost first',
      }),
      sites: Type.Array(site, {
        description:
          'allocations of one thread with the same stack, cause, label and kind, those below the threshold apart; most liveBytes first',
      }),
      declared: Type.Optional(
        Type.Array(declared, {
          description:
            'memory that native addons told V8 of, by addon and site, most increasedBytes first; it may be counted ' +
            'elsewhere too, and is part of no other figure',
        }),
      ),
      paths: Type.Optional(
        Type.Array(path, {
          description: 'retaining paths that sites refer to; set if retainers were asked for',
        }),
      ),
      walks: Type.Optional(
        Type.Array(walk, { description: 'the heaps that were searched; set if retainers were asked for' }),
      ),
    },
    {
      title: 'abtrace dump, version 1',
      description: 'Sizes are in bytes. Fields not listed here may be present.',
    },
  );
}

/** The TypeBox schema of a dump. */
export type DumpSchema = ReturnType<typeof defineDumpSchema>;

/** Everything that abtrace knew at one moment; plain JSON. */
export interface Dump extends Static<DumpSchema> {}
/** What a dump says about the process. */
export type DumpProcess = Dump['process'];
/** Memory figures of the dumping thread and its process, in bytes. */
export type DumpMemory = Dump['memory'];
/** How the bytes of a dump add up to `arrayBuffers`. */
export type Coverage = Dump['coverage'];
/** A place in code; texts are indices into `strings`. */
export type Frame = Dump['frames'][number];
/** All allocations of one thread with the same stack, cause, label and kind. */
export type Site = Dump['sites'][number];
/** What the figures of a sampled site rest on. */
export type Estimate = NonNullable<Site['estimate']>;
/** The one frame of a site that a person should look at. */
export type Owner = NonNullable<Site['owner']>;
/** What keeps allocations alive: a way through the heap, from a root to the buffer. */
export type Path = NonNullable<Dump['paths']>[number];
/** One reference of a retaining path and the object that it leads to. */
export type PathStep = Path['steps'][number];
/** The search of one thread's heap. */
export type Walk = NonNullable<Dump['walks']>[number];
/** Memory that an addon declared to V8 at one place in code. */
export type Declared = NonNullable<Dump['declared']>[number];
/** What an allocation is made of. */
export type Kind = Site['kind'];
/** Whose code a frame is. */
export type Origin = Frame['origin'];
/** How an owner was found. */
export type Via = Owner['via'];
