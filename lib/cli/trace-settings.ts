// The settings of a traced program: one table for the options of `abtrace run` and the ABTRACE_* variables that
// abtrace/register reads. `run` turns its options into the variables, so both faces are read by the same code.
import path from 'node:path';
import { parseConditions } from '../capture/conditions';
import type { StartOptions } from '../capture/options';
import { DEFAULT_KEPT } from '../capture/triggered-dumps';
import type { TriggerOptions } from '../capture/triggers';
import { UsageError } from '../errors';
import { parseDuration, parseSignal, parseSize, parseSwitch, parseWhole } from './quantities';
import { nearest } from './suggest';

export interface Setting {
  /** The option of `abtrace run`, as commander declares it. */
  flags: string;
  variable: string;
  description: string;
  /** May be given more than once. */
  repeatable?: boolean;
}

const SETTINGS = {
  threshold: {
    flags: '--threshold <size>',
    variable: 'ABTRACE_THRESHOLD',
    description: 'trace allocations of at least this size, e.g. 64KB (default: 256)',
  },
  sample: {
    flags: '--sample <size>',
    variable: 'ABTRACE_SAMPLE',
    description: 'below the threshold, sample once in so many bytes; 0: never (default: 16KiB)',
  },
  depth: {
    flags: '--depth <frames>',
    variable: 'ABTRACE_DEPTH',
    description: 'frames kept of each stack, 1 to 200 (default: 32)',
  },
  out: {
    flags: '--out <dir>',
    variable: 'ABTRACE_OUT',
    description: 'write the dumps into this directory, made if missing (default: the current one)',
  },
  gc: {
    flags: '--gc',
    variable: 'ABTRACE_GC',
    description: 'collect garbage fully before each dump, so that only what is kept counts',
  },
  retainers: {
    flags: '--retainers',
    variable: 'ABTRACE_RETAINERS',
    description: 'find out for each dump what keeps the memory; stops the program for about a second',
  },
  every: {
    flags: '--every <duration>',
    variable: 'ABTRACE_EVERY',
    description: 'also dump at this interval, e.g. 30s, 5m or 2h',
  },
  signal: {
    flags: '--signal <name>',
    variable: 'ABTRACE_SIGNAL',
    description: 'also dump on this signal, e.g. SIGUSR2',
  },
  when: {
    flags: '--when <condition>',
    variable: 'ABTRACE_WHEN',
    description:
      "also dump when memory reaches this: 'arrayBuffers>2GB', 'rss>80%', 'external+100MB/min' (repeatable)",
    repeatable: true,
  },
  onError: {
    flags: '--on-error',
    variable: 'ABTRACE_ON_ERROR',
    description: 'also dump on each error that nobody catches',
  },
  limits: {
    flags: '--no-limits',
    variable: 'ABTRACE_LIMITS',
    description: "do not dump when the container's memory limit or that of V8's heap comes near",
  },
  cooldown: {
    flags: '--cooldown <duration>',
    variable: 'ABTRACE_COOLDOWN',
    description: 'least time between two dumps for the same condition (default: 60s)',
  },
  keep: {
    flags: '--keep <count>',
    variable: 'ABTRACE_KEEP',
    description:
      'most dumps to keep of those that memory, errors and the interval asked for; the oldest go ' +
      `(default: ${DEFAULT_KEPT}, and all of the interval's)`,
  },
  causes: {
    flags: '--no-causes',
    variable: 'ABTRACE_CAUSES',
    description: 'do not follow asynchronous work back to the code that started it',
  },
  workers: {
    flags: '--no-workers',
    variable: 'ABTRACE_WORKERS',
    description: 'trace the main thread only',
  },
  growable: {
    flags: '--no-growable',
    variable: 'ABTRACE_GROWABLE',
    description: 'do not note where WebAssembly.Memory and resizable buffers are made and grow',
  },
  user: {
    flags: '--user <glob>',
    variable: 'ABTRACE_USER',
    description: "files that count as yours, e.g. 'src/**' (repeatable)",
    repeatable: true,
  },
  dependency: {
    flags: '--dependency <glob>',
    variable: 'ABTRACE_DEPENDENCY',
    description: 'files that count as a dependency (repeatable)',
    repeatable: true,
  },
  quiet: {
    flags: '--quiet',
    variable: 'ABTRACE_QUIET',
    description: 'do not say on stderr which dumps were written',
  },
} satisfies Record<string, Setting>;

const DEFAULT_COOLDOWN_MS = 60e3;
const MOST_KEPT = 1e6;

export type SettingName = keyof typeof SETTINGS;

/** A setting as a person gave it: its text, and where (`--gc` or `ABTRACE_GC`) for messages. */
export interface Given {
  text: string;
  from: string;
}

export interface TraceSettings {
  start: StartOptions;
  triggers: TriggerOptions;
}

/** Variables that are no settings of a trace but belong to abtrace. */
const OTHER_VARIABLES = ['ABTRACE_DEBUG', 'ABTRACE_ADDON'];

/** The settings in the order in which the help lists them. */
export const settings = Object.entries(SETTINGS) as [SettingName, Setting][];

/**
 * Collects the settings that the environment gives; empty variables count as unset.
 *
 * @throws UsageError for an ABTRACE_* variable that is unknown and looks like a misspelt one
 */
export function givenByEnvironment(environment: NodeJS.ProcessEnv): Map<SettingName, Given> {
  const given = new Map<SettingName, Given>();
  for (const [name, { variable }] of settings) {
    const text = environment[variable];
    if (text) given.set(name, { text, from: variable });
  }
  const known = [...settings.map(([, { variable }]) => variable), ...OTHER_VARIABLES];
  for (const variable of Object.keys(environment)) {
    const upper = variable.toUpperCase();
    // On Windows the case of a variable does not matter.
    const isKnown = known.includes(process.platform === 'win32' ? upper : variable);
    if (!upper.startsWith('ABTRACE_') || isKnown) continue;
    const meant = nearest(upper, known);
    if (meant) throw new UsageError(`unknown environment variable ${variable}: did you mean ${meant}?`);
  }
  return given;
}

/** The variables that hand `given` on to a child process. */
export function toEnvironment(given: Map<SettingName, Given>): Record<string, string> {
  return Object.fromEntries([...given].map(([name, { text }]) => [SETTINGS[name].variable, text]));
}

/** Joins the values of a repeatable setting into one text; `readSettings` splits it again. */
export function joinList(values: string[]): string {
  return values.join(path.delimiter);
}

/**
 * Reads the settings.
 *
 * @throws UsageError naming the option or variable, the rule and the value
 */
export function readSettings(given: Map<SettingName, Given>): TraceSettings {
  const read = <T>(name: SettingName, parse: (text: string, from: string) => T, otherwise: T): T => {
    const value = given.get(name);
    return value ? parse(value.text, value.from) : otherwise;
  };
  const start: StartOptions = {};
  if (given.has('threshold')) start.thresholdBytes = read('threshold', parseSize, 0);
  if (given.has('sample')) start.sampleBytes = read('sample', parseSize, 0);
  if (given.has('depth')) start.stackDepth = read('depth', (text, from) => parseWhole(text, from, 1, 200), 0);
  if (given.has('causes')) start.causes = read('causes', parseSwitch, true);
  if (given.has('workers')) start.workers = read('workers', parseSwitch, true);
  if (given.has('growable')) start.growable = read('growable', parseSwitch, true);
  if (given.has('user')) start.user = read('user', splitList, []);
  if (given.has('dependency')) start.dependency = read('dependency', splitList, []);
  return {
    start,
    triggers: {
      directory: path.resolve(given.get('out')?.text ?? '.'),
      gc: read('gc', parseSwitch, false),
      retainers: read('retainers', parseSwitch, false),
      everyMs: read<number | null>('every', parseDuration, null),
      signal: read<NodeJS.Signals | null>('signal', parseSignal, null),
      when: read('when', parseConditions, []),
      onError: read('onError', parseSwitch, false),
      limits: read('limits', parseSwitch, true),
      cooldownMs: read('cooldown', parseDuration, DEFAULT_COOLDOWN_MS),
      keep: read<number | null>('keep', (text, from) => parseWhole(text, from, 1, MOST_KEPT), null),
      quiet: read('quiet', parseSwitch, false),
    },
  };
}

function splitList(text: string): string[] {
  return text.split(path.delimiter).filter((glob) => glob !== '');
}
