// Which external memory stands behind which record: records of external blocks
// are keyed by an address of their own, since two may describe the same memory.
#ifndef ABTRACE_NATIVE_CORE_EXTERNAL_INDEX_H_
#define ABTRACE_NATIVE_CORE_EXTERNAL_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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

  // With `store`, memory counts as gone when that does: its free function may
  // have to wait for its turn.
  void Insert(const void* record, const void* data,
              const std::shared_ptr<const void>& store = nullptr);
  // False if there is no such record.
  bool Erase(const void* record);
  std::vector<Entry> Entries() const;

  // Takes out the records whose store is gone, and calls `visit(record)` for
  // each with the shard locked: nobody can take it out, or put in another of
  // the same address, meanwhile.
  template <typename Visitor>
  void TakeOutGone(Visitor visit) {
    for (Shard& shard : shards_) {
      const std::lock_guard<std::mutex> lock(shard.mutex);
      for (auto at = shard.memory.begin(); at != shard.memory.end();) {
        if (!at->second.has_store || !at->second.store.expired()) {
          ++at;
          continue;
        }
        visit(at->first);
        at = shard.memory.erase(at);
      }
    }
  }

 private:
  struct Memory {
    const void* data = nullptr;
    bool has_store = false;
    std::weak_ptr<const void> store;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<const void*, Memory> memory;
  };
  Shard& ShardOf(const void* record);

  std::array<Shard, kShards> shards_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_EXTERNAL_INDEX_H_
