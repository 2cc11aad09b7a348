// Comparing sizes and numbers; see the header.
#include "native_holders.h"

namespace abtrace {

NativeHolders::NativeHolders(const std::vector<ThreadWalk>& walks, size_t most)
    : most_(most) {
  for (size_t w = 0; w < walks.size(); ++w) {
    for (const HeapWalk::Store& store : walks[w].walk.stores)
      stores_[store.bytes].push_back({store.step, w});
    for (const HeapWalk::Messages& messages : walks[w].walk.messages)
      messages_.push_back({messages.step, w, messages.count});
  }
}

bool NativeHolders::TakeStore(uint32_t site, uint64_t bytes) {
  const auto found = stores_.find(bytes);
  if (found == stores_.end() || found->second.empty()) return false;
  const auto [step, walk] = found->second.back();
  found->second.pop_back();
  Add(site, step, walk, bytes);
  return true;
}

void NativeHolders::GiveToMessages(
    const std::vector<std::pair<uint32_t, uint64_t>>& blocks) {
  uint64_t count = 0;
  for (const Messages& messages : messages_) count += messages.count;
  if (count < blocks.size()) return;
  size_t next = 0;
  for (const Messages& messages : messages_) {
    for (uint64_t i = 0; i < messages.count && next < blocks.size(); ++i) {
      const auto& [site, bytes] = blocks[next++];
      Add(site, messages.step, messages.walk, bytes);
    }
  }
}

void NativeHolders::Add(uint32_t site, uint32_t step, size_t walk,
                        uint64_t bytes) {
  for (Sum& sum : sums_) {
    if (sum.site != site || sum.step != step || sum.walk != walk) continue;
    sum.bytes += bytes;
    ++sum.count;
    return;
  }
  if (sums_.size() < most_) sums_.push_back({site, step, walk, bytes, 1});
}

}  // namespace abtrace
