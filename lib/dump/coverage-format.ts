// The part of the dump format that says how the bytes of a dump add up to what Node reports. Free of logic, as
// `format.ts` is; lib/analysis/coverage.ts lays it out as a table that ends at zero.
import { fieldsOf, type TypeBuilder } from './fields';

/** Builds the schema of `coverage`. */
export function defineCoverageSchema(Type: TypeBuilder) {
  const { whole, amount, signed, flag, orNull } = fieldsOf(Type);

  const external = Type.Object(
    {
      thread: whole('id of the thread that took the dump: `external` is of one thread'),
      sharedBytes: whole('of the ArrayBuffers of its allocator, shared ones: `external` leaves them out'),
      resizableBytes: whole('resizable ArrayBuffers made by this thread, as `external` counts them'),
      wasmBytes: whole('WebAssembly.Memory made by this thread, as `external` counts it'),
      stringsBytes: orNull(
        whole('bytes'),
        'strings whose characters lie outside of the heap; null where only a walk of the heap tells (Node 24 on), and there was none',
      ),
      atStartBytes: orNull(
        whole('bytes'),
        'what `external` had beyond ArrayBuffers when tracing started, mostly such strings; null if another thread started it',
      ),
      addons: Type.Optional(
        flag(
          'false where memory of other native addons has no sites: on this platform it is not intercepted',
        ),
      ),
      smallNativeBytes: Type.Optional(
        whole('live memory that native addons handed over in blocks below the threshold, in all threads'),
      ),
      movedInBytes: Type.Optional(
        whole('live bytes of its objects that other threads allocated; absent if its heap was not walked'),
      ),
      movedOutBytes: Type.Optional(
        whole('live bytes that it allocated, of objects of other threads; absent if its heap was not walked'),
      ),
    },
    { description: 'what `external` of process.memoryUsage() is made of, beside the ArrayBuffers' },
  );

  return Type.Object(
    {
      arrayBuffersBytes: whole('`arrayBuffers` summed over all traced threads: the whole'),
      attributedBytes: whole(
        'live bytes of the sites that passed the allocator while traced, sampled ones apart',
      ),
      belowThresholdBytes: whole('live bytes of allocations smaller than the threshold, counted exactly'),
      belowThresholdEstimateBytes: Type.Optional(
        amount('what the samples make of belowThresholdBytes: live bytes of the sampled sites'),
      ),
      belowThresholdErrorBytes: Type.Optional(amount('standard error of that estimate')),
      beforeStartBytes: whole('still alive, but allocated before tracing started'),
      tracerBytes: whole("buffers of abtrace's own"),
      remainderBytes: signed('what is left: the whole minus attributed, below, before and tracer bytes'),
      collectedBytes: Type.Optional(
        orNull(
          whole('bytes'),
          'what the collection before the dump freed of `arrayBuffers` of the thread that took it; null without one',
        ),
      ),
      external: Type.Optional(external),
    },
    { description: 'how the bytes of this dump add up to what Node reports' },
  );
}
