// The set of live allocations, keyed by address.
#ifndef ABTRACE_NATIVE_CORE_LIVE_SET_H_
#define ABTRACE_NATIVE_CORE_LIVE_SET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "site_table.h"

namespace abtrace {

// 32 bytes per live allocation.
//
//   0        8        16       24        28         32
//   | address| size   | site   | time_ms | sequence |
//
// `time_ms` is the time of the allocation since the tracer's start; `sequence`
// tells two allocations at one address apart.
struct LiveRecord {
  const void* address = nullptr;
  uint64_t size = 0;
  Site* site = nullptr;
  uint32_t time_ms = 0;
  uint32_t sequence : 31 = 0;
  // Others know of the block: parts of it have records of their own, see
  // `Carve`, or it is a slab.
  uint32_t carved : 1 = 0;
};

// Any thread. Split by address into shards with a mutex each. An allocator
// gives each thread its memory from regions of its own (those of glibc are of
// 64 MiB), and all addresses of a region fall to one shard: threads meet
// neither on a lock nor on a cache line, but where one frees what another has
// allocated.
//
// Each shard is an open-addressing table with linear probing and backward-shift
// deletion (no tombstones: it does not decay under churn). A record's home is
// hash × capacity / 2^64, so that a table can grow by a quarter instead of to
// the double: 39 to 49 bytes per record, and while one table moves, the other
// shards' stay.
//
//   slots  │   │ A │ A'│ B │   │ C │ …         A' has the home of A; if A goes,
//                                             A' moves back, B stays
//
// Calls nobody while a lock is held.
class LiveSet {
 public:
  static constexpr size_t kShards = 256;

  LiveSet() = default;
  LiveSet(const LiveSet&) = delete;
  LiveSet& operator=(const LiveSet&) = delete;
  ~LiveSet();

  struct Inserted {
    bool ok = false;  // False: no memory for the table; nothing was recorded.
    uint32_t sequence = 0;  // Of the new record.
    // What stood at this address before: its free was never seen.
    std::optional<LiveRecord> replaced;
  };
  Inserted Insert(const void* address, uint64_t size, Site* site,
                  uint32_t time_ms);

  // A copy of the record at `address`, if there is one.
  std::optional<LiveRecord> Find(const void* address);

  // Removes and returns the record at `address`, if there is one.
  std::optional<LiveRecord> Erase(const void* address);

  // Gives the record to `site`, if it is still the same allocation; returns it
  // as it was before.
  std::optional<LiveRecord> Reassign(const void* address, uint32_t sequence,
                                     Site* site);

  // Takes `bytes` off the record's size, for a record of their own at an
  // address inside of the block; false if the allocation is gone or has no more
  // bytes than that. Freeing the block then means erasing that record, too.
  bool Carve(const void* address, uint32_t sequence, uint64_t bytes);

  // A copy of all records, consistent shard by shard.
  std::vector<LiveRecord> Records() const;
  size_t size() const;
  // Bytes that the tables themselves take.
  size_t table_bytes() const;

 private:
  // Padded to a cache line of its own.
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    LiveRecord* slots = nullptr;
    size_t capacity = 0;
    size_t used = 0;
    uint32_t next_sequence = 0;
  };

  static size_t HomeOf(const Shard& shard, const void* address);
  static size_t SlotOf(const Shard& shard, const void* address);
  static bool Grow(Shard& shard);
  Shard& ShardOf(const void* address);

  std::array<Shard, kShards> shards_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_LIVE_SET_H_
