// What keeps the buffers of one isolate alive: its heap as a graph, joined with
// the live allocations by their addresses.
#ifndef ABTRACE_NATIVE_HEAP_WALK_H_
#define ABTRACE_NATIVE_HEAP_WALK_H_

#include <v8.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/live_set.h"
#include "core/origin_rules.h"
#include "core/path_shapes.h"
#include "core/sampled_set.h"
#include "core/types.h"
#include "page_stores.h"

namespace abtrace {

struct HeapWalkOptions {
  const OriginRules* rules = nullptr;
  // Buffers that were found and are smaller are below the threshold.
  uint64_t threshold_bytes = 0;
};

// What is alive, of any thread, and to be found on the heaps.
struct LiveMemory {
  std::vector<LiveRecord> blocks;
  std::vector<PageStores::Part> parts;  // Past the allocator.
  std::vector<SampledSet::Live> samples;
};

// One isolate's answer. Plain data: any thread may read it once it is there.
struct HeapWalk {
  // Not begun: a snapshot would have ended the process.
  bool refused = false;
  // A step of a shape, with what is known of its example.
  struct Step {
    Shape shape;
    // Indices into `strings`; 0 for none.
    uint32_t edge_name = 0;
    uint32_t node_name = 0;
    // Where the function is defined, or the class of the object; of a scope,
    // a function that sees it. 1-based; 0 if unknown.
    uint32_t script = 0;
    uint32_t function = 0;
    uint32_t line = 0;
    uint32_t column = 0;
  };
  // A live allocation that buffers of this heap reach. Its holders are
  // holders[first_holder] and those after it.
  struct Block {
    LiveRecord record;
    // How many allocations it stands for: not 1 for a sample, which is none of
    // the live set's.
    double stands_for = 1;
    bool sampled = false;
    uint32_t first_holder = 0;
    uint32_t holder_count = 0;
    uint32_t views = 0;
  };
  struct Holder {
    uint32_t step;  // The last one of the path.
    uint32_t views;
  };
  // Buffers of one shape that are no live allocation of ours.
  struct Found {
    uint32_t step;
    Kind kind;
    uint64_t bytes = 0;
    uint64_t count = 0;
  };

  // Memory that native code holds, as Node describes it: a Blob's store, by its
  // size; messages that wait on a port, whose memory is not told.
  struct Store {
    uint32_t step;
    uint64_t bytes;
  };
  struct Messages {
    uint32_t step;
    uint64_t count;
  };

  bool done = false;
  uint32_t nodes = 0;
  uint32_t edges = 0;
  double paused_ms = 0;
  // What `external` counts of strings whose characters lie outside of the heap;
  // -1 if the snapshot does not tell.
  int64_t external_string_bytes = -1;
  std::vector<std::string> strings;
  std::vector<Step> steps;
  std::vector<Block> blocks;
  std::vector<Holder> holders;
  std::vector<Found> found;
  std::vector<Store> stores;
  std::vector<Messages> messages;
  // Mean length of the views at the end of a path, where some were looked at:
  // (step, bytes).
  std::vector<std::pair<uint32_t, double>> view_bytes;
};

// Takes a snapshot of the isolate's heap and walks it. Only on the isolate's
// thread, which stands still meanwhile; collects garbage.
HeapWalk WalkHeap(v8::Isolate* isolate, const LiveMemory& memory,
                  const HeapWalkOptions& options);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_HEAP_WALK_H_
