// What is known of the stacks that have been seen: a list of words, which
// stands for a stack, leads to a value. Knows nothing of what the words mean.
#ifndef ABTRACE_NATIVE_CORE_STACK_CACHE_H_
#define ABTRACE_NATIVE_CORE_STACK_CACHE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "hash.h"

namespace abtrace {

// One thread only. The whole list is the key, its hash only says where to look.
// Values keep their addresses until `Clear`.
//
//   slots   │ hash, entry │      │ hash, entry │ …        a power of two, at
//   most
//                   │                                    half full
//   entries { words from, count; value } { … } …
//   words   │ 7f31… 7f0c… 2a11… │ …                        all lists end to end
template <typename Value>
class StackCache {
 public:
  StackCache() = default;
  StackCache(const StackCache&) = delete;
  StackCache& operator=(const StackCache&) = delete;

  // Four hashes side by side: one would have to wait for its multiplications.
  static uint64_t HashOf(const uintptr_t* words, size_t count) {
    uint64_t lanes[] = {count, 1, 2, 3};
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
      for (size_t lane = 0; lane < 4; ++lane)
        lanes[lane] = Combine(lanes[lane], words[i + lane]);
    }
    for (; i < count; ++i) lanes[0] = Combine(lanes[0], words[i]);
    uint64_t hash = lanes[0];
    for (size_t lane = 1; lane < 4; ++lane) hash = Combine(hash, lanes[lane]);
    return Mix(hash);
  }

  // Null if there is none.
  Value* Find(uint64_t hash, const uintptr_t* words, size_t count) {
    if (slots_.empty()) return nullptr;
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.entry == 0) return nullptr;
      if (slot.hash != hash) continue;
      Entry& entry = entries_[slot.entry - 1];
      if (entry.count == count &&
          std::memcmp(&words_[entry.begin], words, count * sizeof(*words)) == 0)
        return &entry.value;
    }
  }

  // The list must not be there yet.
  Value* Insert(uint64_t hash, const uintptr_t* words, size_t count,
                Value value) {
    if ((entries_.size() + 1) * 2 > slots_.size()) Grow();
    entries_.push_back({words_.size(), count, std::move(value)});
    words_.insert(words_.end(), words, words + count);
    Place({hash, static_cast<uint32_t>(entries_.size())});
    return &entries_.back().value;
  }

  // Keeps the memory of the tables, for they will be filled again.
  void Clear() {
    std::fill(slots_.begin(), slots_.end(), Slot());
    entries_.clear();
    words_.clear();
  }

  size_t size() const { return entries_.size(); }
  size_t word_count() const { return words_.size(); }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t entry = 0;  // Its index plus one; 0 where the slot is free.
  };
  struct Entry {
    size_t begin;
    size_t count;
    Value value;
  };
  static constexpr size_t kFirstSlots = 64;

  size_t mask() const { return slots_.size() - 1; }
  void Place(const Slot& slot) {
    size_t at = slot.hash & mask();
    while (slots_[at].entry != 0) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void Grow() {
    std::vector<Slot> old(std::max(kFirstSlots, slots_.size() * 2));
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.entry != 0) Place(slot);
    }
  }

  std::vector<Slot> slots_;
  std::deque<Entry> entries_;  // A deque: values must not move.
  std::vector<uintptr_t> words_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_STACK_CACHE_H_
