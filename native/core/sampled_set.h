// The allocations that were sampled and still live, and what they stand for,
// site by site. Kept apart from the live set and its sites: those are exact.
#ifndef ABTRACE_NATIVE_CORE_SAMPLED_SET_H_
#define ABTRACE_NATIVE_CORE_SAMPLED_SET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "sampler.h"
#include "site_table.h"

namespace abtrace {

// What the samples of a site say of all its allocations below the threshold.
struct SampledRow {
  const Site* site = nullptr;
  uint64_t live_samples = 0, total_samples = 0;
  double live_bytes = 0, live_count = 0;
  double total_bytes = 0, total_count = 0;
  double peak_bytes = 0, peak_count = 0;
  // Standard errors of the above: square roots of the estimated variances.
  double live_bytes_error = 0, live_count_error = 0;
  double total_bytes_error = 0, total_count_error = 0;
  // The live ones, oldest first: when, and how many they stand for.
  struct Moment {
    uint32_t time_ms;
    double count;
  };
  std::vector<Moment> live;

  // When half of what is live had been allocated; there must be some.
  uint32_t MedianTimeMs() const;
};

// Any thread: one mutex, as a sample is rare. What is asked at every free,
// `MayHold`, takes no lock: it reads one of 65,536 counters, each of how many
// sampled addresses fall to it.
class SampledSet {
 public:
  // Of the numbers that `Insert` returns this bit is set, and of those of the
  // live set it is not.
  static constexpr uint32_t kSequenceBit = 1u << 31;

  // The sampler's interval in bytes; 0: there will be no samples.
  explicit SampledSet(uint64_t interval);
  SampledSet(const SampledSet&) = delete;
  SampledSet& operator=(const SampledSet&) = delete;

  // Returns a number that tells it from others at the same address. One that
  // stood there before is forgotten: its free was never seen.
  uint32_t Insert(const void* address, uint64_t size, Site* site,
                  uint32_t time_ms);
  // False if the address is certainly none of a sample.
  bool MayHold(const void* address) const {
    return filter_ != nullptr &&
           (*filter_)[SlotOf(address)].load(std::memory_order_relaxed) != 0;
  }
  // Takes away what the sample at `address` stands for, if there is one.
  void Erase(const void* address);
  // Gives the sample to `site`, if it is still the same allocation.
  void Reassign(const void* address, uint32_t sequence, Site* site);

  // A sample that is alive, and how many allocations like it it stands for.
  struct Live {
    const void* address;
    uint64_t size;
    Site* site;
    uint32_t time_ms;
    double count;
  };
  // In no order.
  std::vector<Live> LiveSamples() const;
  // One row for each site that ever had a sample, in no order.
  std::vector<SampledRow> Rows() const;
  // Of its tables, roughly.
  size_t table_bytes() const;

 private:
  struct Sample {
    uint64_t size;
    Site* site;
    uint32_t time_ms;
    uint32_t sequence;
  };
  struct Tally {
    uint64_t live_samples = 0, total_samples = 0;
    double live_bytes = 0, live_count = 0;
    double total_bytes = 0, total_count = 0;
    double peak_bytes = 0, peak_count = 0;
    double total_bytes_variance = 0, total_count_variance = 0;
  };
  using Samples = std::unordered_map<const void*, Sample>;
  static constexpr int kFilterBits = 16;
  using Filter = std::array<std::atomic<uint8_t>, size_t{1} << kFilterBits>;

  static size_t SlotOf(const void* address) {
    return (reinterpret_cast<uintptr_t>(address) * 0x9e3779b97f4a7c15ULL) >>
           (64 - kFilterBits);
  }
  void Add(const Sample& sample);
  void Remove(const Sample& sample, bool undo);
  void Forget(Samples::iterator found);

  const uint64_t interval_;
  std::unique_ptr<Filter> filter_;
  mutable std::mutex mutex_;
  Samples samples_;
  std::unordered_map<const Site*, Tally> tallies_;
  uint32_t next_sequence_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_SAMPLED_SET_H_
