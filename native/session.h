// A session: everything recorded from start to stop. Gives each allocation that
// the hooks report to the thread that made it, and keeps what becomes of it.
#ifndef ABTRACE_NATIVE_SESSION_H_
#define ABTRACE_NATIVE_SESSION_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "allocator_hook.h"
#include "core/declared_table.h"
#include "core/external_index.h"
#include "core/live_set.h"
#include "core/origin_rules.h"
#include "core/sampled_set.h"
#include "core/site_table.h"
#include "core/slab_notes.h"
#include "core/symbol_table.h"
#include "external_hook.h"
#include "page_stores.h"

namespace abtrace {

class ThreadState;

// Why something was not recorded, or not in full. The order is the one of
// `kDropReasons` in lib/native.ts.
enum class Drop : uint8_t {
  kNested = 0,   // Allocated while a stack was being captured: counted, without
                 // a stack.
  kOtherThread,  // Not on the isolate's own thread: counted, without a stack.
  kTooSmall,    // Too small for a stack to be walked safely: counted, without a
                // stack.
  kNoMemory,    // The live set could not grow: not counted.
  kMissedFree,  // An address was allocated twice: the first record was given
                // up.
  kPendingFull,  // Too many reads without JavaScript waited for a callback.
  kTableFull,  // Too many distinct strings, frames, stacks, sites or contexts.
  kCount,
};

struct SessionOptions {
  uint64_t threshold_bytes = 0;
  uint64_t sample_bytes = 0;  // Below the threshold; 0: none are sampled.
  int stack_depth = 32;
  bool causes = true;
  bool verify = false;  // For tests: check every hit of the stack cache.
  OriginRules rules;
  std::string description;  // For other threads to read; means nothing here.
};

// Ages of allocations are counted in buckets that double: 0 is less than a
// millisecond, i is 2^(i-1) to 2^i - 1 milliseconds, the last everything older.
inline constexpr size_t kAgeBuckets = 32;
constexpr size_t AgeBucket(uint32_t age_ms) {
  return std::min<size_t>(std::bit_width(age_ms), kAgeBuckets - 1);
}

// What a dump needs, copied at one moment.
struct SessionSnapshot {
  struct Ages {
    uint32_t oldest_ms = 0;
    uint32_t median_ms = 0;
    uint64_t count = 0;
    // How many of each age, by AgeBucket.
    std::array<uint32_t, kAgeBuckets> histogram{};
  };
  struct SiteRow {
    SiteKey key;
    uint64_t live_bytes, live_count, total_bytes, total_count, peak_bytes,
        peak_count;
    uint32_t first_ms;  // Since the first allocation, before the snapshot.
    Ages ages;
  };
  struct ThreadRow {
    uint32_t id;
    std::string name;
    bool alive;
    int64_t at_join, taken, given_back, small_net, unknown_given_back;
    PageStores::External external;
  };
  // What the samples of a site say; ages are milliseconds before the snapshot.
  struct SampledSiteRow {
    SiteKey key;
    SampledRow estimates;
    Ages ages;
  };
  uint32_t elapsed_ms = 0;
  SymbolSnapshot symbols;
  std::vector<SiteRow> sites;
  std::vector<SampledSiteRow> sampled_sites;
  std::vector<ThreadRow> threads;
  std::vector<DeclaredTable::Row> declared;
  // Live external memory below the threshold, in bytes.
  int64_t small_external = 0;
  std::array<uint64_t, static_cast<size_t>(Drop::kCount)> drops{};
  uint64_t cache_mismatches = 0;
  uint64_t own_bytes =
      0;  // What the tracer's tables take on the native heap, roughly.
};

// From start to stop. Any thread, but for what ThreadState says.
//
// Ended sessions are kept by the isolates that have not noticed yet: their
// JavaScript may be about to call in.
class Session final : public AllocationObserver, public ExternalObserver {
 public:
  explicit Session(SessionOptions options);
  ~Session() = default;

  void OnAllocate(HookedAllocator* hooked, HookThread* thread, void* data,
                  size_t length) override;
  void OnFree(HookedAllocator* hooked, HookThread* thread, void* data,
              size_t length) override;

  uint64_t serial() const { return serial_; }
  void OnExternal(const ExternalMemory& memory,
                  const std::shared_ptr<const void>& store) override;
  void OnExternalFree(const ExternalMemory& memory) override;
  void OnDeclared(const std::string* addon, int64_t change) override;
  // External memory that V8 has let go is no longer live, though its free
  // function may wait for the event loop.
  void SettleExternals();
  // Which memory the records of external blocks stand for.
  std::vector<ExternalIndex::Entry> ExternalBlocks() const {
    return externals_.Entries();
  }

  const SessionOptions& options() const { return options_; }
  SymbolTable& symbols() { return symbols_; }
  SiteTable& sites() { return sites_; }
  PageStores& page_stores() { return page_stores_; }
  SlabTable& slabs() { return slabs_; }
  const LiveSet& live() const { return live_; }
  const SampledSet& sampled() const { return sampled_; }

  // Records a block, or a sample if it is below the threshold; returns its
  // sequence number, 0 if it could not be recorded.
  uint32_t Record(void* data, uint64_t size, Site* site);
  // Whose it was before; null if the allocation is gone.
  Site* Reassign(void* data, uint32_t sequence, Site* site);
  // Gives a part of a block to a site of its own, until the block is freed;
  // returns the part's sequence number, 0 if the block is gone.
  uint32_t Carve(void* block, uint32_t block_sequence, void* part,
                 uint64_t bytes, Site* site);
  // Knows a slab from now on, until it is freed; nothing if it is already.
  void KeepSlab(Slab slab);
  // Whether the block at `data` has passed the allocator, and is recorded.
  bool HasRecord(const void* data) { return live_.Find(data).has_value(); }
  // The block at `data` is of this kind.
  void SetKind(void* data, Kind kind);
  void Count(Drop reason, uint64_t times = 1);
  uint32_t ElapsedMs() const;

  bool ended() const { return ended_.load(); }

 private:
  friend class Tracer;

  uint32_t RecordExact(void* data, uint64_t size, Site* site);
  void ForgetParts(const void* block);
  void SnapshotSamples(SessionSnapshot* snapshot) const;
  StringId AddonId(const std::string* addon);
  void ForgetExternal(const void* id);
  SessionSnapshot Snapshot();

  const uint64_t serial_;
  const SessionOptions options_;
  const std::chrono::steady_clock::time_point start_;
  SymbolTable symbols_;
  SiteTable sites_;
  LiveSet live_;
  SampledSet sampled_;
  SlabTable slabs_;
  PageStores page_stores_;
  ExternalIndex externals_;
  DeclaredTable declared_;
  std::atomic<int64_t> small_external_{0};
  std::mutex carved_mutex_;
  std::unordered_map<const void*, std::vector<void*>> carved_;
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Drop::kCount)> drops_{};

  std::atomic<bool> ended_{false};

  // Guarded by the tracer's mutex.
  std::vector<std::unique_ptr<ThreadState>> threads_;
  std::unordered_map<ThreadState*, HookedAllocator*> hooked_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_SESSION_H_
