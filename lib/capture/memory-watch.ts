// Looks at memory now and then, and says when one of the given conditions comes to hold, or a limit comes near: that of
// the container, or of V8's heap. Must cost next to nothing, and must work in a program that never comes to its timers.
import os from 'node:os';
import v8 from 'node:v8';
import type { NativeAddon } from '../native';
import { kMemoryWake } from '../native';
import { type Condition, ConditionWatch, type Figures } from './conditions';
import { type ContainerMemory, containerUsedBytes, findContainerMemory } from './container-memory';

export interface MemoryWatchOptions {
  when: Condition[];
  /** Also when the limit of the container or of V8's heap comes near. */
  limits: boolean;
  /** Least time between two answers to the same condition, ms. */
  cooldownMs: number;
}

/** What the watch needs of the addon; see lib/native.ts. */
export type MemoryAddon = Pick<
  NativeAddon,
  'watchMemory' | 'memoryBeat' | 'unwatchMemory' | 'watchHeapLimit' | 'unwatchHeapLimit'
>;

/** Why it is time for a dump. */
export interface MemoryAlarm {
  /** In lower case, for a file's name. */
  reason: 'watermark' | 'growth' | 'container-limit' | 'heap-limit';
  /** For people: the condition, or the limit. */
  text: string;
}

const POLL_MS = 500;
/** A program that does not come round its event loop for so long is looked at from outside. */
const STALLED_MS = 1000;
/** Room in V8's heap for a dump, beyond its limit: a part of the limit, within bounds. bench/dump-cost.mjs says what is needed. */
const HEADROOM = { share: 1 / 8, leastBytes: 32e6, mostBytes: 128e6 };
/** Room in the container for a dump: the limit is near when less is left. */
const RESERVE = { share: 0.1, leastBytes: 64e6, mostShare: 0.25 };
/** V8 is watched again when the heap has shrunk to this part of its limit. */
const RELAXED_SHARE = 0.7;

/** The watch that the addon serves; there is one thread that looks from outside. */
let served: MemoryWatch | undefined;

/** A watch over the memory of this process. Main thread only. Of several, the first has the addon's help. */
export class MemoryWatch {
  private readonly watches: { watch: ConditionWatch; lastMs: number; alarm: MemoryAlarm }[];
  private timer: NodeJS.Timeout | undefined;
  private watchesHeap = false;
  private heapLimitBytes = 0;

  /** @param onAlarm is told once each time that a condition comes to hold */
  constructor(
    private readonly options: MemoryWatchOptions,
    private readonly native: MemoryAddon,
    private readonly onAlarm: (alarm: MemoryAlarm) => void,
    private readonly container: ContainerMemory | null = findContainerMemory(
      process.env.ABTRACE_INTERNAL_ROOT,
    ),
  ) {
    this.watches = options.when.map((condition) => ({
      watch: new ConditionWatch(condition),
      lastMs: Number.NEGATIVE_INFINITY,
      alarm: { reason: condition.kind === 'growth' ? 'growth' : 'watermark', text: condition.text },
    }));
    if (options.limits && container !== null) {
      const nearBytes = nearLimit(container.limitBytes);
      this.watches.push({
        watch: new ConditionWatch({ text: '', metric: 'container', kind: 'above', bytes: nearBytes }),
        lastMs: Number.NEGATIVE_INFINITY,
        alarm: {
          reason: 'container-limit',
          text: `the container's limit of ${Math.round(container.limitBytes / 1e6)} MB is near`,
        },
      });
    }
  }

  start(): void {
    const { limits } = this.options;
    const watched = limits && this.container !== null ? this.container : null;
    const polls = this.watches.length > 0;
    if (!polls && !limits) return;
    if (served === undefined) {
      served = this;
      this.native.watchMemory(
        watched?.usageFile ?? '',
        watched === null ? 0 : nearLimit(watched.limitBytes),
        polls ? STALLED_MS : 0,
        (reasons) => served?.onWake(reasons),
      );
      if (limits) this.watchHeap();
    }
    if (!polls) return;
    this.timer = setInterval(() => {
      this.native.memoryBeat();
      this.look();
    }, POLL_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    if (served !== this) return;
    this.native.unwatchMemory();
    served = undefined;
  }

  /** Looks now; called by a timer, and from outside where no timer is served. May interrupt any JavaScript at all. */
  look(): void {
    this.judge(this.figures());
  }

  private judge(figures: Figures): void {
    const nowMs = performance.now();
    for (const entry of this.watches) {
      if (!entry.watch.takes(figures, nowMs)) continue;
      if (nowMs - entry.lastMs < this.options.cooldownMs) {
        entry.watch.forget();
        continue;
      }
      entry.lastMs = nowMs;
      this.onAlarm(entry.alarm);
    }
    const isRelaxed = (figures.heapUsed ?? 0) < figures.heapLimit * RELAXED_SHARE;
    if (this.options.limits && served === this && !this.watchesHeap && isRelaxed) this.watchHeap();
  }

  private onWake(reasons: number): void {
    if ((reasons & kMemoryWake.heapLimit) === 0) {
      const figures = this.figures();
      const { container } = this;
      // It was near a moment ago, and the program may not live until the next look.
      if ((reasons & kMemoryWake.usage) !== 0 && container !== null) {
        figures.container = Math.max(figures.container ?? 0, nearLimit(container.limitBytes));
      }
      this.judge(figures);
      return;
    }
    try {
      this.onAlarm({
        reason: 'heap-limit',
        text: `the limit of V8's heap of ${Math.round(this.heapLimitBytes / 1e6)} MB is near`,
      });
    } finally {
      // The program ends as it would have ended, or goes on if it lets go of enough.
      this.watchesHeap = false;
      this.native.unwatchHeapLimit();
    }
  }

  private watchHeap(): void {
    this.watchesHeap = true;
    const { share, leastBytes, mostBytes } = HEADROOM;
    this.heapLimitBytes = v8.getHeapStatistics().heap_size_limit;
    this.native.watchHeapLimit(Math.min(mostBytes, Math.max(leastBytes, this.heapLimitBytes * share)));
  }

  private figures(): Figures {
    const { arrayBuffers, external, rss, heapUsed, heapTotal } = process.memoryUsage();
    return {
      ...{ arrayBuffers, external, rss, heapUsed, heapTotal },
      container: this.container === null ? null : containerUsedBytes(this.container),
      heapLimit: v8.getHeapStatistics().heap_size_limit,
      memoryLimit: this.container?.limitBytes ?? os.totalmem(),
    };
  }
}

/** At how many bytes in use a container's limit counts as near. */
export function nearLimit(limitBytes: number): number {
  const { share, leastBytes, mostShare } = RESERVE;
  return limitBytes - Math.max(limitBytes * share, Math.min(leastBytes, limitBytes * mostShare));
}
