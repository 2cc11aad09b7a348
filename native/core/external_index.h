// Which external memory stands behind which record: records of external blocks
// are keyed by an address of their own, since two may describe the same memory.
#ifndef ABTRACE_NATIVE_CORE_EXTERNAL_INDEX_H_
#define ABTRACE_NATIVE_CORE_EXTERNAL_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace abtrace {

// Any thread; a mutex for each shard.
class ExternalIndex {
 public:
  static constexpr size_t kShards = 16;

  struct Entry {
    const void* record;  // The address that the live set knows it by.
    const void* data;    // Where the memory itself begins.
  };

  ExternalIndex() = default;
  ExternalIndex(const ExternalIndex&) = delete;
  ExternalIndex& operator=(const ExternalIndex&) = delete;

  void Insert(const void* record, const void* data);
  // False if there is no such record.
  bool Erase(const void* record);
  std::vector<Entry> Entries() const;

 private:
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<const void*, const void*> data;
  };
  Shard& ShardOf(const void* record);

  std::array<Shard, kShards> shards_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_EXTERNAL_INDEX_H_
