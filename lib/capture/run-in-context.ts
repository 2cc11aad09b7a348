// Runs code in a context that is not the one of the callback under way.
import { kShared } from '../native';

/**
 * Runs `fn` with `context` as the context that runs now.
 * @param shared the array that this thread shares with the addon
 */
export function runInContext<T>(shared: Int32Array, context: number, fn: () => T): T {
  const outer = shared[kShared.context] as number;
  shared[kShared.context] = context;
  try {
    return fn();
  } finally {
    shared[kShared.context] = outer;
  }
}
