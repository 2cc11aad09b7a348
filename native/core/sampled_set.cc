// Samples and their sums; see the header.
#include "sampled_set.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace abtrace {
namespace {

// A counter of the filter that got here stays: how many it stands for is not
// known any more.
constexpr uint8_t kStuck = 255;

}  // namespace

uint32_t SampledRow::MedianTimeMs() const {
  double passed = 0;
  for (const Moment& moment : live) {
    passed += moment.count;
    if (passed * 2 >= live_count) return moment.time_ms;
  }
  return live.back().time_ms;
}

SampledSet::SampledSet(uint64_t interval)
    : interval_(interval), filter_(interval > 0 ? new Filter() : nullptr) {}

uint32_t SampledSet::Insert(const void* address, uint64_t size, Site* site,
                            uint32_t time_ms) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto before = samples_.find(address);
  if (before != samples_.end()) Forget(before);
  next_sequence_ = (next_sequence_ + 1) | kSequenceBit;
  const Sample sample{size, site, time_ms, next_sequence_};
  samples_.emplace(address, sample);
  Add(sample);
  std::atomic<uint8_t>& counter = (*filter_)[SlotOf(address)];
  const uint8_t held = counter.load(std::memory_order_relaxed);
  if (held != kStuck) counter.store(held + 1, std::memory_order_relaxed);
  return sample.sequence;
}

void SampledSet::Erase(const void* address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = samples_.find(address);
  if (found != samples_.end()) Forget(found);
}

void SampledSet::Forget(Samples::iterator found) {
  Remove(found->second, false);
  std::atomic<uint8_t>& counter = (*filter_)[SlotOf(found->first)];
  const uint8_t held = counter.load(std::memory_order_relaxed);
  if (held != kStuck) counter.store(held - 1, std::memory_order_relaxed);
  samples_.erase(found);
}

void SampledSet::Reassign(const void* address, uint32_t sequence, Site* site) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = samples_.find(address);
  if (found == samples_.end() || found->second.sequence != sequence ||
      found->second.site == site) {
    return;
  }
  Remove(found->second, true);
  found->second.site = site;
  Add(found->second);
}

void SampledSet::Add(const Sample& sample) {
  const SampleWeight weight = WeightOf(sample.size, interval_);
  Tally& tally = tallies_[sample.site];
  ++tally.live_samples;
  ++tally.total_samples;
  tally.live_bytes += weight.bytes;
  tally.live_count += weight.count;
  tally.total_bytes += weight.bytes;
  tally.total_count += weight.count;
  tally.total_bytes_variance += weight.bytes_variance;
  tally.total_count_variance += weight.count_variance;
  tally.peak_bytes = std::max(tally.peak_bytes, tally.live_bytes);
  tally.peak_count = std::max(tally.peak_count, tally.live_count);
}

// With `undo` the allocation belonged elsewhere from the beginning.
void SampledSet::Remove(const Sample& sample, bool undo) {
  const SampleWeight weight = WeightOf(sample.size, interval_);
  Tally& tally = tallies_[sample.site];
  --tally.live_samples;
  tally.live_bytes -= weight.bytes;
  tally.live_count -= weight.count;
  if (!undo) return;
  --tally.total_samples;
  tally.total_bytes -= weight.bytes;
  tally.total_count -= weight.count;
  // Variances are not multiples of anything: what should be 0 may come out
  // below.
  tally.total_bytes_variance =
      std::max(0.0, tally.total_bytes_variance - weight.bytes_variance);
  tally.total_count_variance =
      std::max(0.0, tally.total_count_variance - weight.count_variance);
}

std::vector<SampledSet::Live> SampledSet::LiveSamples() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Live> live;
  live.reserve(samples_.size());
  for (const auto& [address, sample] : samples_) {
    live.push_back({address, sample.size, sample.site, sample.time_ms,
                    WeightOf(sample.size, interval_).count});
  }
  return live;
}

std::vector<SampledRow> SampledSet::Rows() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::unordered_map<const Site*, std::vector<const Sample*>> live;
  for (const auto& [address, sample] : samples_) {
    live[sample.site].push_back(&sample);
  }
  std::vector<SampledRow> rows;
  rows.reserve(tallies_.size());
  for (const auto& [site, tally] : tallies_) {
    SampledRow row;
    row.site = site;
    row.live_samples = tally.live_samples;
    row.total_samples = tally.total_samples;
    row.live_bytes = tally.live_bytes;
    row.live_count = tally.live_count;
    row.total_bytes = tally.total_bytes;
    row.total_count = tally.total_count;
    row.peak_bytes = tally.peak_bytes;
    row.peak_count = tally.peak_count;
    row.total_bytes_error = std::sqrt(tally.total_bytes_variance);
    row.total_count_error = std::sqrt(tally.total_count_variance);
    const auto found = live.find(site);
    if (found != live.end()) {
      std::vector<const Sample*>& samples = found->second;
      std::sort(samples.begin(), samples.end(),
                [](const Sample* a, const Sample* b) {
                  return a->time_ms < b->time_ms;
                });
      double bytes_variance = 0, count_variance = 0;
      for (const Sample* sample : samples) {
        const SampleWeight weight = WeightOf(sample->size, interval_);
        bytes_variance += weight.bytes_variance;
        count_variance += weight.count_variance;
        row.live.push_back({sample->time_ms, weight.count});
      }
      row.live_bytes_error = std::sqrt(bytes_variance);
      row.live_count_error = std::sqrt(count_variance);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

size_t SampledSet::table_bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  // A node of libstdc++'s unordered_map has a pointer beside the pair.
  return samples_.size() * (sizeof(Samples::value_type) + sizeof(void*)) +
         (samples_.bucket_count() + tallies_.bucket_count()) * sizeof(void*) +
         tallies_.size() * (sizeof(Tally) + 2 * sizeof(void*)) +
         (filter_ == nullptr ? 0 : sizeof(Filter));
}

}  // namespace abtrace
