// Runs first in a worker thread that starts while tracing, and as soon as may be in one that was not noticed then:
// joins it to the tracer. Must not disturb the worker,
// whatever happens.
import { joinThread } from './tracing';
import { restoreExecArgv } from './workers';

try {
  restoreExecArgv();
  joinThread();
} catch {
  // Then this worker is not traced; the dump's list of threads shows that.
}
