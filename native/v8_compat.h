// Every difference between the V8 versions of Node 20 to 26 that abtrace meets,
// in one place.
#ifndef ABTRACE_NATIVE_V8_COMPAT_H_
#define ABTRACE_NATIVE_V8_COMPAT_H_

#include <v8.h>

// V8 13.3 removed ArrayBuffer::Allocator::Reallocate; Node 20 (11.3) and 22
// (12.4) have it.
#define ABTRACE_HAS_REALLOCATE \
  (V8_MAJOR_VERSION < 13 || (V8_MAJOR_VERSION == 13 && V8_MINOR_VERSION < 3))

namespace abtrace {

// From Node 24 (V8 13.6) on a stream keeps the block that it reads into and
// copies small reads out of it; before, each read had a block of its own.
inline constexpr bool kRecyclesReadBlocks = V8_MAJOR_VERSION >= 13;

// `external` of process.memoryUsage() is the ArrayBuffers attached to objects
// of the isolate and the external strings. Before V8 13 a resizable ArrayBuffer
// counts for the size that it was made with, later for the one that it has;
// V8 14 leaves the buffers of WebAssembly.Memory out. Shared ones never count.
inline constexpr bool kExternalFollowsResizes = V8_MAJOR_VERSION >= 13;
inline constexpr bool kExternalHasWasm = V8_MAJOR_VERSION < 14;

// V8 13 removed Isolate::VisitExternalResources, which visits external strings.
#define ABTRACE_VISITS_EXTERNAL_STRINGS (V8_MAJOR_VERSION < 13)

// Where it is gone, snapshots give the size of an external string with its
// characters.
inline constexpr bool kSnapshotsHaveExternalStrings =
    !ABTRACE_VISITS_EXTERNAL_STRINGS;

// V8 14 counts external strings for their characters, be these of two bytes.
inline constexpr bool kExternalCountsCharacters = V8_MAJOR_VERSION >= 14;

// Node 20 (V8 11.3) may describe its own objects for a heap snapshot by reading
// freed memory: a reader of a FileHandle that waits to be used again names its
// last handle, which is gone (node::fs::FileHandleReadWrap::MemoryInfo). Seen
// to crash 20.20 in v8.writeHeapSnapshot(), too; 22, 24 and 26 do not.
inline constexpr bool kNodesGraphMayCrash = V8_MAJOR_VERSION < 12;

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_V8_COMPAT_H_
