// The live set's tables; see the header.
#include "live_set.h"

#include <algorithm>
#include <cstdlib>

#ifndef _WIN32
#include <sys/mman.h>
#endif

#include "hash.h"

namespace abtrace {
namespace {

constexpr size_t kFirstCapacity = 64;
constexpr uint32_t kSequenceMask = 0x7fffffff;
constexpr int kRegionBits = 24;
// Tables of this many bytes and more come from the system and go back there:
// what malloc has once it keeps.
constexpr size_t kLargeTable = 128 * 1024;

// Zeroed; null if there is no memory.
LiveRecord* NewTable(size_t capacity) {
  const size_t bytes = capacity * sizeof(LiveRecord);
#ifndef _WIN32
  if (bytes >= kLargeTable) {
    void* table = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return table == MAP_FAILED ? nullptr : static_cast<LiveRecord*>(table);
  }
#endif
  return static_cast<LiveRecord*>(std::calloc(capacity, sizeof(LiveRecord)));
}

void DeleteTable(LiveRecord* table, size_t capacity) {
#ifndef _WIN32
  if (capacity * sizeof(LiveRecord) >= kLargeTable) {
    munmap(table, capacity * sizeof(LiveRecord));
    return;
  }
#endif
  std::free(table);
}

// At 13/16 full a search for what is not there looks at 15 slots on average.
bool IsFull(size_t used, size_t capacity) { return used * 16 > capacity * 13; }

}  // namespace

LiveSet::~LiveSet() {
  for (Shard& shard : shards_) DeleteTable(shard.slots, shard.capacity);
}

LiveSet::Shard& LiveSet::ShardOf(const void* address) {
  const uint64_t region = reinterpret_cast<uintptr_t>(address) >> kRegionBits;
  return shards_[Mix(region) % kShards];
}

size_t LiveSet::HomeOf(const Shard& shard, const void* address) {
  const uint64_t hash = Mix(reinterpret_cast<uintptr_t>(address));
  // The upper half alone: capacities have less than 32 bits.
  return static_cast<size_t>(((hash >> 32) * shard.capacity) >> 32);
}

// The slot that holds `address`, or the empty one where it would go. The shard
// has a free slot.
size_t LiveSet::SlotOf(const Shard& shard, const void* address) {
  size_t slot = HomeOf(shard, address);
  while (shard.slots[slot].address != nullptr &&
         shard.slots[slot].address != address) {
    if (++slot == shard.capacity) slot = 0;
  }
  return slot;
}

bool LiveSet::Grow(Shard& shard) {
  const size_t capacity =
      std::max(kFirstCapacity, shard.capacity + shard.capacity / 4);
  if (capacity > UINT32_MAX) return false;
  LiveRecord* slots = NewTable(capacity);
  if (slots == nullptr) return false;
  LiveRecord* old_slots = shard.slots;
  const size_t old_capacity = shard.capacity;
  shard.slots = slots;
  shard.capacity = capacity;
  for (size_t i = 0; i < old_capacity; ++i) {
    if (old_slots[i].address == nullptr) continue;
    shard.slots[SlotOf(shard, old_slots[i].address)] = old_slots[i];
  }
  DeleteTable(old_slots, old_capacity);
  return true;
}

LiveSet::Inserted LiveSet::Insert(const void* address, uint64_t size,
                                  Site* site, uint32_t time_ms) {
  Inserted result;
  Shard& shard = ShardOf(address);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  // A slot always stays free, which ends every probe.
  if (IsFull(shard.used + 1, shard.capacity) && !Grow(shard)) return result;
  LiveRecord& record = shard.slots[SlotOf(shard, address)];
  if (record.address == nullptr) {
    ++shard.used;
  } else {
    result.replaced = record;
  }
  result.ok = true;
  shard.next_sequence = (shard.next_sequence + 1) & kSequenceMask;
  result.sequence = shard.next_sequence;
  record = {address, size, site, time_ms, shard.next_sequence, 0};
  return result;
}

std::optional<LiveRecord> LiveSet::Find(const void* address) {
  Shard& shard = ShardOf(address);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (shard.used == 0) return std::nullopt;
  const LiveRecord& record = shard.slots[SlotOf(shard, address)];
  if (record.address == nullptr) return std::nullopt;
  return record;
}

std::optional<LiveRecord> LiveSet::Erase(const void* address) {
  Shard& shard = ShardOf(address);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (shard.used == 0) return std::nullopt;
  size_t hole = SlotOf(shard, address);
  if (shard.slots[hole].address == nullptr) return std::nullopt;
  const LiveRecord erased = shard.slots[hole];
  const auto distance = [&shard](size_t from, size_t to) {
    return to >= from ? to - from : to + shard.capacity - from;
  };
  // Close the gap: a later record moves back unless its home lies behind the
  // hole.
  for (size_t next = hole;;) {
    if (++next == shard.capacity) next = 0;
    if (shard.slots[next].address == nullptr) break;
    const size_t home = HomeOf(shard, shard.slots[next].address);
    if (distance(home, next) >= distance(hole, next)) {
      shard.slots[hole] = shard.slots[next];
      hole = next;
    }
  }
  shard.slots[hole] = LiveRecord();
  --shard.used;
  return erased;
}

std::optional<LiveRecord> LiveSet::Reassign(const void* address,
                                            uint32_t sequence, Site* site) {
  Shard& shard = ShardOf(address);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (shard.used == 0) return std::nullopt;
  LiveRecord& record = shard.slots[SlotOf(shard, address)];
  if (record.address == nullptr || record.sequence != sequence)
    return std::nullopt;
  const LiveRecord before = record;
  record.site = site;
  return before;
}

bool LiveSet::Carve(const void* address, uint32_t sequence, uint64_t bytes) {
  Shard& shard = ShardOf(address);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (shard.used == 0) return false;
  LiveRecord& record = shard.slots[SlotOf(shard, address)];
  if (record.address == nullptr || record.sequence != sequence ||
      record.size <= bytes) {
    return false;
  }
  record.size -= bytes;
  record.carved = 1;
  record.site->Shrink(bytes);
  return true;
}

std::vector<LiveRecord> LiveSet::Records() const {
  std::vector<LiveRecord> records;
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    for (size_t i = 0; i < shard.capacity; ++i) {
      if (shard.slots[i].address != nullptr) records.push_back(shard.slots[i]);
    }
  }
  return records;
}

size_t LiveSet::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    total += shard.used;
  }
  return total;
}

size_t LiveSet::table_bytes() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    total += shard.capacity * sizeof(LiveRecord);
  }
  return total;
}

}  // namespace abtrace
