// Grouping them; see the header.
#include "found_buffers.h"

#include <algorithm>

namespace abtrace {

void FoundBuffers::Add(uint32_t shape, Kind kind, uint64_t bytes,
                       uint32_t example) {
  const uint64_t key = (uint64_t{shape} << 8) | static_cast<uint64_t>(kind);
  const auto [found, is_new] = index_.try_emplace(key, groups_.size());
  if (is_new) groups_.push_back({shape, kind, 0, 0, example});
  Group& group = groups_[found->second];
  group.bytes += bytes;
  ++group.count;
}

void FoundBuffers::LookUp(HeapLookUps* look_ups) {
  index_.clear();
  std::sort(groups_.begin(), groups_.end(),
            [](const Group& a, const Group& b) { return a.bytes > b.bytes; });
  for (Group& group : groups_) {
    if (group.kind == Kind::kWasm) continue;
    if (!look_ups->CanAfford()) break;
    group.kind = look_ups->BufferAt(group.example).kind;
  }
}

}  // namespace abtrace
