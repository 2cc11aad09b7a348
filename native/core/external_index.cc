// The index's shards; see the header.
#include "external_index.h"

#include "hash.h"

namespace abtrace {

ExternalIndex::Shard& ExternalIndex::ShardOf(const void* record) {
  return shards_[Mix(reinterpret_cast<uintptr_t>(record)) % kShards];
}

void ExternalIndex::Insert(const void* record, const void* data) {
  Shard& shard = ShardOf(record);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  shard.data[record] = data;
}

bool ExternalIndex::Erase(const void* record) {
  Shard& shard = ShardOf(record);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  return shard.data.erase(record) == 1;
}

std::vector<ExternalIndex::Entry> ExternalIndex::Entries() const {
  std::vector<Entry> entries;
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    for (const auto& [record, data] : shard.data)
      entries.push_back({record, data});
  }
  return entries;
}

}  // namespace abtrace
