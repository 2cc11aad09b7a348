// Sites: all allocations with the same stack, cause, label, kind and thread,
// and their tallies.
#ifndef ABTRACE_NATIVE_CORE_SITE_TABLE_H_
#define ABTRACE_NATIVE_CORE_SITE_TABLE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "types.h"

namespace abtrace {

struct SiteKey {
  StackId stack = 0;
  StackId cause = 0;
  StringId label = 0;
  uint32_t thread = 0;
  Kind kind = Kind::kArrayBuffer;
  // Never passed the allocator: not part of Node's `arrayBuffers`.
  bool past_allocator = false;
  // Abtrace's own memory: counted in the coverage, not shown among the sites.
  bool own = false;
  // The native addon that made it; of external memory only.
  StringId addon = 0;

  bool operator==(const SiteKey&) const = default;
};

struct SiteKeyHash {
  size_t operator()(const SiteKey& key) const;
};

// Any thread may tally; the numbers are exact, and consistent with each other
// once writers pause. A site lives as long as its table and never moves. Sites
// of different threads never share a cache line.
class alignas(kCacheLine) Site {
 public:
  explicit Site(const SiteKey& key) : key_(key) {}
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void Add(uint64_t bytes);
  void Remove(uint64_t bytes);
  // Takes back an Add: the allocation belongs elsewhere. Peaks are kept, as
  // high-water marks.
  void Undo(uint64_t bytes);
  // An allocation counts for so many bytes less, and did from the beginning.
  void Shrink(uint64_t bytes);

  const SiteKey& key() const { return key_; }
  // When its first allocation was made.
  std::chrono::steady_clock::time_point made_at() const { return made_at_; }
  uint64_t live_bytes() const {
    return live_bytes_.load(std::memory_order_relaxed);
  }
  uint64_t live_count() const {
    return live_count_.load(std::memory_order_relaxed);
  }
  uint64_t total_bytes() const {
    return total_bytes_.load(std::memory_order_relaxed);
  }
  uint64_t total_count() const {
    return total_count_.load(std::memory_order_relaxed);
  }
  uint64_t peak_bytes() const {
    return peak_bytes_.load(std::memory_order_relaxed);
  }
  uint64_t peak_count() const {
    return peak_count_.load(std::memory_order_relaxed);
  }

 private:
  const SiteKey key_;
  const std::chrono::steady_clock::time_point made_at_ =
      std::chrono::steady_clock::now();
  std::atomic<uint64_t> live_bytes_{0};
  std::atomic<uint64_t> live_count_{0};
  std::atomic<uint64_t> total_bytes_{0};
  std::atomic<uint64_t> total_count_{0};
  std::atomic<uint64_t> peak_bytes_{0};
  std::atomic<uint64_t> peak_count_{0};
};

// Any thread; one mutex for look-ups (threads keep the pointers that they use
// often).
class SiteTable {
 public:
  static constexpr size_t kMaxSites = 1u << 20;

  SiteTable() = default;
  SiteTable(const SiteTable&) = delete;
  SiteTable& operator=(const SiteTable&) = delete;

  // Never null: past kMaxSites it answers with the thread's site that has no
  // stack and no cause (made even then: there are few threads) and counts an
  // overflow.
  Site* Find(const SiteKey& key);

  // Calls `visit(const Site&)` for each site, in the order of their creation.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    size_t count;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      count = sites_.size();
    }
    for (size_t i = 0; i < count; ++i) {
      const Site* site;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        site = &sites_[i];
      }
      visit(*site);
    }
  }
  size_t size() const;
  uint64_t overflows() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Site> sites_;  // A deque: sites must not move.
  std::unordered_map<SiteKey, Site*, SiteKeyHash> index_;
  uint64_t overflows_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_SITE_TABLE_H_
