// The live set's tables; see the header.
#include "live_set.h"

#include <cstdlib>

#include "hash.h"

namespace abtrace {
namespace {

constexpr size_t kFirstCapacity = 64;
constexpr uint32_t kSequenceMask = 0x7fffffff;

}  // namespace

LiveSet::~LiveSet() {
  for (Shard& shard : shards_) std::free(shard.slots);
}

uint64_t LiveSet::HashOf(const void* address) {
  return Mix(reinterpret_cast<uintptr_t>(address));
}

LiveSet::Shard& LiveSet::ShardOf(const void* address) {
  return shards_[HashOf(address) >> 58];
}
static_assert(LiveSet::kShards == 64,
              "ShardOf takes the top six bits of the hash");

// The slot that holds `address`, or the empty one where it would go. The shard
// has a free slot.
size_t LiveSet::SlotOf(const Shard& shard, const void* address) {
  const size_t mask = shard.capacity - 1;
  size_t slot = HashOf(address) & mask;
  while (shard.slots[slot].address != nullptr &&
         shard.slots[slot].address != address) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

bool LiveSet::Grow(Shard& shard) {
  const size_t capacity =
      shard.capacity == 0 ? kFirstCapacity : shard.capacity * 2;
  auto* slots =
      static_cast<LiveRecord*>(std::calloc(capacity, sizeof(LiveRecord)));
  if (slots == nullptr) return false;
  LiveRecord* old_slots = shard.slots;
  const size_t old_capacity = shard.capacity;
  shard.slots = slots;
  shard.capacity = capacity;
  for (size_t i = 0; i < old_capacity; ++i) {
    if (old_slots[i].address == nullptr) continue;
    shard.slots[SlotOf(shard, old_slots[i].address)] = old_slots[i];
  }
  std::free(old_slots);
  return true;
}

LiveSet::Inserted LiveSet::Insert(const void* address, uint64_t size,
                                  Site* site, uint32_t time_ms) {
  Inserted result;
  Shard& shard = ShardOf(address);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  // Grown at seven eighths full; a slot always stays free, which ends every
  // probe.
  if ((shard.used + 1) * 8 > shard.capacity * 7 && !Grow(shard)) return result;
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
  const size_t mask = shard.capacity - 1;
  size_t hole = SlotOf(shard, address);
  if (shard.slots[hole].address == nullptr) return std::nullopt;
  const LiveRecord erased = shard.slots[hole];
  // Close the gap: a later record moves back unless its home lies behind the
  // hole.
  for (size_t next = (hole + 1) & mask; shard.slots[next].address != nullptr;
       next = (next + 1) & mask) {
    const size_t home = HashOf(shard.slots[next].address) & mask;
    if (((next - home) & mask) >= ((next - hole) & mask)) {
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
