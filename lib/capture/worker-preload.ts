// Runs first in a worker thread that starts while tracing: joins it to the tracer. Must not disturb the worker,
// whatever happens.
import { joinThread } from './tracing';
import { WORKER_PRELOAD } from './workers';

try {
  // The worker's program sees the arguments that it would see without us.
  const at = process.execArgv.indexOf(WORKER_PRELOAD);
  if (at > 0) process.execArgv.splice(at - 1, 2);
  joinThread();
} catch {
  // Then this worker is not traced; the dump's list of threads shows that.
}
