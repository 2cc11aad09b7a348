// What only the objects of a heap can tell, not the snapshot of it: looked up
// by the snapshot's ids, as far as time allows.
#ifndef ABTRACE_NATIVE_HEAP_LOOK_UPS_H_
#define ABTRACE_NATIVE_HEAP_LOOK_UPS_H_

#include <v8-profiler.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/heap_graph.h"
#include "core/types.h"

namespace abtrace {

// Each look-up costs V8 a walk of the whole heap. Only on the isolate's thread,
// while the ids of the snapshot are there.
class HeapLookUps {
 public:
  // `graph` must outlive it.
  HeapLookUps(v8::Isolate* isolate, const HeapGraph* graph);

  // What further questions may take, all told; on small heaps so many are
  // answered in any case.
  void Allow(std::chrono::milliseconds budget, int on_small_heap);
  // False once the next one would take longer than is allowed.
  bool CanAfford() const;

  struct Buffer {
    Kind kind = Kind::kOther;
    uint64_t bytes = 0;
  };
  // Of an ArrayBuffer, shared or not.
  Buffer BufferAt(uint32_t node);
  // How much of its block a view shows, in bytes.
  std::optional<uint64_t> ViewBytesAt(uint32_t node);

  struct Memory {
    const void* data = nullptr;
    uint64_t bytes = 0;
  };
  // Of a WebAssembly.Memory, which gets its buffer if it has none.
  std::optional<Memory> MemoryAt(uint32_t node);

 private:
  using Clock = std::chrono::steady_clock;

  v8::Local<v8::Value> Find(uint32_t node);

  v8::Isolate* const isolate_;
  v8::HeapProfiler* const profiler_;
  const HeapGraph& graph_;
  Clock::duration left_{0};
  Clock::duration dearest_{0};
  int free_of_charge_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_HEAP_LOOK_UPS_H_
