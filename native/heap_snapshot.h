// Taking a snapshot of an isolate's heap as a graph, without harm to the
// program or to other tools that look at the same heap.
#ifndef ABTRACE_NATIVE_HEAP_SNAPSHOT_H_
#define ABTRACE_NATIVE_HEAP_SNAPSHOT_H_

#include <v8-profiler.h>

#include <vector>

#include "core/heap_graph.h"
#include "core/live_set.h"

namespace abtrace {

// V8 gives ids to objects when a snapshot is taken, and keeps them until it is
// told to clear them. Where they are known before, somebody else's tool (the
// inspector, v8.writeHeapSnapshot) has asked for them, and may come back.
// Clears them in the end if they were made for us alone.
class ObjectIds {
 public:
  explicit ObjectIds(v8::Isolate* isolate);
  ~ObjectIds();
  ObjectIds(const ObjectIds&) = delete;
  ObjectIds& operator=(const ObjectIds&) = delete;

  bool tracked = true;  // Until the snapshot has shown that nobody tracks.

 private:
  v8::HeapProfiler* const profiler_;
  bool known_before_ = false;
};

// Collects garbage and takes a snapshot; only on the isolate's thread, while an
// ObjectIds lives. `records` are the live allocations that holders are looked
// for. False if it failed.
bool TakeHeapGraph(v8::Isolate* isolate, const std::vector<LiveRecord>& records,
                   HeapGraph* graph);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_HEAP_SNAPSHOT_H_
