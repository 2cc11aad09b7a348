// Buffers of a heap that are no live allocation of ours: older than tracing, or
// made past the allocator.
#ifndef ABTRACE_NATIVE_FOUND_BUFFERS_H_
#define ABTRACE_NATIVE_FOUND_BUFFERS_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/types.h"
#include "heap_look_ups.h"

namespace abtrace {

// One thread.
class FoundBuffers {
 public:
  struct Group {
    uint32_t shape;  // Of the paths to them.
    Kind kind;
    uint64_t bytes = 0, count = 0;
    uint32_t example = 0;  // The node of an ArrayBuffer.
  };

  void Add(uint32_t shape, Kind kind, uint64_t bytes, uint32_t example);
  // What kind they are, the biggest groups first, as far as can be afforded.
  void LookUp(HeapLookUps* look_ups);

  const std::vector<Group>& groups() const { return groups_; }

 private:
  std::vector<Group> groups_;
  std::unordered_map<uint64_t, size_t> index_;  // By shape and kind.
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_FOUND_BUFFERS_H_
