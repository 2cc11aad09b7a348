// What it costs to find out what keeps memory alive, said before it is paid.
import v8 from 'node:v8';

/** What a dump with `retainers` will cost this thread; each other thread pays for its own heap. */
export interface RetainersCost {
  /** Bytes in use on the heap, which the rest follows from. */
  heapBytes: number;
  /** How long the thread will stand still, milliseconds. */
  pausedMs: number;
  /** Memory that is taken meanwhile and given back, bytes. */
  memoryBytes: number;
}

/** Of heaps of small objects, which cost most; strings and code cost less. Measured by bench/workloads/retainers.cjs. */
const MS_PER_HEAP_MB = 40;
const BYTES_PER_HEAP_BYTE = 10;
const LEAST_MS = 100;

/**
 * Estimates what `dump({ retainers: true })` would cost now, from the size of this thread's heap; takes microseconds.
 * @returns the pause in milliseconds and the memory in bytes
 */
export function estimateRetainers(): RetainersCost {
  const heapBytes = v8.getHeapStatistics().used_heap_size;
  return {
    heapBytes,
    pausedMs: Math.round(LEAST_MS + (heapBytes / 1e6) * MS_PER_HEAP_MB),
    memoryBytes: heapBytes * BYTES_PER_HEAP_BYTE,
  };
}
