// Finds out, without touching it, whether a Node process listens to a signal itself: libuv keeps its signal handles in
// a red-black tree, which is read from the process's memory where the system lets us.
import fs from 'node:fs';
import { findSymbol } from './elf-symbols';

const TREE_SYMBOL = 'uv__signal_tree';
const POINTER_BYTES = 8;
/** Of `uv_signal_t` on 64-bit Unix, unchanged since libuv 1.0, whose ABI is kept: `signum`, `left`, `right`. */
const SIGNAL_NUMBER_AT = 104;
const LEFT_AT = 112;
const RIGHT_AT = 120;
const NODE_BYTES = 128;
/** A program listens to a few dozen signals at most, in some threads. */
const MOST_HANDLES = 10_000;
const HIGHEST_SIGNAL = 64;

/**
 * Whether the program in a Node process listens to a signal.
 *
 * @returns null if that cannot be known: memory that may not be read, a binary without its symbols
 */
export function listensToSignal(pid: number, signal: number): boolean | null {
  try {
    const signals = signalsListenedTo(pid);
    return signals === null ? null : signals.has(signal);
  } catch {
    return null;
  }
}

function signalsListenedTo(pid: number): Set<number> | null {
  const symbol = findSymbol(`/proc/${pid}/exe`, TREE_SYMBOL);
  if (symbol === null) return null;
  const root = symbol.address + (symbol.isRelative ? loadAddress(pid) : 0n);
  const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
  try {
    const read = (address: bigint, bytes: number): Buffer => {
      const buffer = Buffer.alloc(bytes);
      if (fs.readSync(memory, buffer, 0, bytes, address) < bytes) throw new Error('unreadable memory');
      return buffer;
    };
    const found = new Set<number>();
    const pending = [read(root, POINTER_BYTES).readBigUInt64LE()];
    for (let visited = 0; pending.length > 0; visited += 1) {
      const address = pending.pop();
      if (!address) continue;
      const node = read(address, NODE_BYTES);
      const signal = node.readInt32LE(SIGNAL_NUMBER_AT);
      // The tree may change while it is read, or may not be what it is taken for.
      if (signal < 1 || signal > HIGHEST_SIGNAL || visited > MOST_HANDLES) return null;
      found.add(signal);
      pending.push(node.readBigUInt64LE(LEFT_AT), node.readBigUInt64LE(RIGHT_AT));
    }
    return found;
  } finally {
    fs.closeSync(memory);
  }
}

/** Where the executable begins in the memory of the process. */
function loadAddress(pid: number): bigint {
  const executable = fs.readlinkSync(`/proc/${pid}/exe`);
  const mapping = fs
    .readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .find((line) => line.endsWith(` ${executable}`));
  return BigInt(`0x${/^[0-9a-f]+/.exec(mapping ?? '')?.[0] ?? 0}`);
}
