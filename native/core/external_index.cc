// The index's shards; see the header.
#include "external_index.h"

#include "hash.h"

namespace abtrace {

ExternalIndex::Shard& ExternalIndex::ShardOf(const void* record) {
  return shards_[Mix(reinterpret_cast<uintptr_t>(record)) % kShards];
}

void ExternalIndex::Insert(const void* record, const void* data,
                           const std::shared_ptr<const void>& store) {
  Shard& shard = ShardOf(record);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  shard.memory[record] = {data, store != nullptr, store};
}

bool ExternalIndex::Erase(const void* record) {
  Shard& shard = ShardOf(record);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  return shard.memory.erase(record) == 1;
}

std::vector<ExternalIndex::Entry> ExternalIndex::Entries() const {
  std::vector<Entry> entries;
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    for (const auto& [record, memory] : shard.memory)
      entries.push_back({record, memory.data});
  }
  return entries;
}

}  // namespace abtrace
