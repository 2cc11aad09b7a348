// Growing and shrinking; see the header.
#include "growing_block.h"

#include <algorithm>

namespace abtrace {

void GrowingBlock::Resize(uint64_t bytes, Site* site, uint32_t time_ms) {
  const uint64_t before = this->bytes();
  if (bytes < before) {
    Shrink(before - bytes);
    return;
  }
  if (bytes == before && !parts_.empty()) return;
  auto part =
      std::find_if(parts_.begin(), parts_.end(),
                   [site](const Part& known) { return known.site == site; });
  if (part == parts_.end() && parts_.size() >= kMostParts) --part;
  if (part == parts_.end()) {
    parts_.push_back({site, bytes - before, time_ms});
    site->Add(bytes - before);
    return;
  }
  part->site->Undo(part->bytes);
  part->bytes += bytes - before;
  part->site->Add(part->bytes);
}

void GrowingBlock::Shrink(uint64_t excess) {
  // The first part stays, empty if need be: the block is still there.
  while (parts_.size() > 1 && parts_.back().bytes <= excess) {
    excess -= parts_.back().bytes;
    parts_.back().site->Remove(parts_.back().bytes);
    parts_.pop_back();
  }
  parts_.back().site->Shrink(excess);
  parts_.back().bytes -= excess;
}

void GrowingBlock::Release() {
  for (const Part& part : parts_) part.site->Remove(part.bytes);
  parts_.clear();
}

uint64_t GrowingBlock::bytes() const {
  uint64_t total = 0;
  for (const Part& part : parts_) total += part.bytes;
  return total;
}

}  // namespace abtrace
