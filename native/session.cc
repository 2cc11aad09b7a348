// Recording and copying out; see the header.
#include "session.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "thread_state.h"

namespace abtrace {
namespace {

// From 1: 0 names no session.
uint64_t NextSerial() {
  static std::atomic<uint64_t> serials{0};
  return serials.fetch_add(1) + 1;
}

using Moment = std::chrono::steady_clock::time_point;

uint32_t MsBetween(Moment early, Moment late) {
  return static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(late - early)
          .count());
}

}  // namespace

Session::Session(SessionOptions options)
    : serial_(NextSerial()),
      options_(std::move(options)),
      start_(std::chrono::steady_clock::now()),
      sampled_(options_.threshold_bytes == 0 ? 0 : options_.sample_bytes) {}

void Session::OnAllocate(HookedAllocator* hooked, HookThread* thread,
                         void* data, size_t length) {
  auto* state = static_cast<ThreadState*>(
      hooked->owner_data.load(std::memory_order_relaxed));
  const auto bytes = static_cast<int64_t>(length);
  Tallies& tallies = state->tallies.Of(thread);
  if (length < options_.threshold_bytes) {
    tallies.small_taken.Add(bytes);
    if (!state->sampler.Take(length)) return;
  } else {
    tallies.large_taken.Add(bytes);
  }
  state->OnAllocate(data, length);
}

void Session::OnFree(HookedAllocator* hooked, HookThread* thread, void* data,
                     size_t length) {
  auto* state = static_cast<ThreadState*>(
      hooked->owner_data.load(std::memory_order_relaxed));
  const auto bytes = static_cast<int64_t>(length);
  Tallies& tallies = state->tallies.Of(thread);
  if (length < options_.threshold_bytes) {
    tallies.small_given_back.Add(bytes);
    if (sampled_.MayHold(data)) sampled_.Erase(data);
    return;
  }
  tallies.large_given_back.Add(bytes);
  if (const std::optional<LiveRecord> record = live_.Erase(data)) {
    record->site->Remove(record->size);
    if (record->carved != 0) ForgetParts(data);
  } else {
    tallies.unknown_given_back.Add(bytes);
  }
}

StringId Session::AddonId(const std::string* addon) {
  return addon == nullptr ? 0 : symbols_.InternString(*addon);
}

void Session::OnExternal(const ExternalMemory& memory,
                         const std::shared_ptr<const void>& store) {
  if (memory.size < options_.threshold_bytes) {
    small_external_.fetch_add(static_cast<int64_t>(memory.size),
                              std::memory_order_relaxed);
    return;
  }
  const StringId addon = AddonId(memory.addon);
  // The record goes by the block's name, which is an address that no other
  // record can have.
  void* id = const_cast<void*>(memory.id);
  if (ThreadState* thread = ThreadState::Current(serial_)) {
    thread->OnExternal(id, memory.size, addon);
  } else {
    Count(Drop::kOtherThread);
    Record(
        id, memory.size,
        sites_.Find(
            {.kind = Kind::kExternal, .past_allocator = true, .addon = addon}));
  }
  externals_.Insert(memory.id, memory.data, store);
}

void Session::OnExternalFree(const ExternalMemory& memory) {
  if (memory.size < options_.threshold_bytes) {
    small_external_.fetch_sub(static_cast<int64_t>(memory.size),
                              std::memory_order_relaxed);
    return;
  }
  if (externals_.Erase(memory.id)) ForgetExternal(memory.id);
}

void Session::ForgetExternal(const void* id) {
  if (const std::optional<LiveRecord> record = live_.Erase(id))
    record->site->Remove(record->size);
}

void Session::SettleExternals() {
  externals_.TakeOutGone([this](const void* id) { ForgetExternal(id); });
}

void Session::OnDeclared(const std::string* addon, int64_t change) {
  const StringId id = AddonId(addon);
  ThreadState* thread = ThreadState::Current(serial_);
  // What is given back is so from finalizers, whose stack says nothing.
  const SiteKey key = thread == nullptr
                          ? SiteKey{.kind = Kind::kExternal, .addon = id}
                          : thread->DeclaredKey(id, change > 0);
  declared_.Add(key, change);
}

uint32_t Session::Record(void* data, uint64_t size, Site* site) {
  if (size < options_.threshold_bytes)
    return sampled_.Insert(data, size, site, ElapsedMs());
  return RecordExact(data, size, site);
}

uint32_t Session::RecordExact(void* data, uint64_t size, Site* site) {
  site->Add(size);
  const LiveSet::Inserted inserted =
      live_.Insert(data, size, site, ElapsedMs());
  if (!inserted.ok) {
    site->Undo(size);
    Count(Drop::kNoMemory);
    return 0;
  }
  if (inserted.replaced) {
    inserted.replaced->site->Remove(inserted.replaced->size);
    Count(Drop::kMissedFree);
  }
  return inserted.sequence;
}

uint32_t Session::Carve(void* block, uint32_t block_sequence, void* part,
                        uint64_t bytes, Site* site) {
  if (!live_.Carve(block, block_sequence, bytes)) return 0;
  const uint32_t sequence = RecordExact(part, bytes, site);
  const std::lock_guard<std::mutex> lock(carved_mutex_);
  carved_[block].push_back(part);
  return sequence;
}

void Session::ForgetParts(const void* block) {
  slabs_.Erase(block);
  std::vector<void*> parts;
  {
    const std::lock_guard<std::mutex> lock(carved_mutex_);
    const auto found = carved_.find(block);
    if (found == carved_.end()) return;
    parts = std::move(found->second);
    carved_.erase(found);
  }
  for (void* part : parts) {
    if (const std::optional<LiveRecord> record = live_.Erase(part)) {
      record->site->Remove(record->size);
    }
  }
}

Site* Session::Reassign(void* data, uint32_t sequence, Site* site) {
  if ((sequence & SampledSet::kSequenceBit) != 0) {
    sampled_.Reassign(data, sequence, site);
    return nullptr;
  }
  const std::optional<LiveRecord> before = live_.Reassign(data, sequence, site);
  if (!before) return nullptr;
  if (before->site != site) {
    site->Add(before->size);
    before->site->Undo(before->size);
  }
  return before->site;
}

void Session::KeepSlab(Slab slab) {
  void* data = slab.data;
  const uint32_t sequence = slab.sequence;
  // Its record tells the hook that frees it to look here.
  if (!live_.Carve(data, sequence, 0)) return;
  slabs_.Insert(std::move(slab));
  const std::optional<LiveRecord> record = live_.Find(data);
  if (!record || record->sequence != sequence) slabs_.Erase(data);
}

void Session::SetKind(void* data, Kind kind) {
  const std::optional<LiveRecord> record = live_.Find(data);
  if (!record || record->site->key().kind == kind) return;
  SiteKey key = record->site->key();
  key.kind = kind;
  Reassign(data, record->sequence, sites_.Find(key));
}

void Session::Count(Drop reason, uint64_t times) {
  drops_[static_cast<size_t>(reason)].fetch_add(times,
                                                std::memory_order_relaxed);
}

uint32_t Session::ElapsedMs() const {
  return MsBetween(start_, std::chrono::steady_clock::now());
}

void Session::SnapshotSamples(SessionSnapshot* snapshot) const {
  const auto age = [snapshot](uint32_t time_ms) {
    return snapshot->elapsed_ms > time_ms ? snapshot->elapsed_ms - time_ms : 0;
  };
  for (SampledRow& row : sampled_.Rows()) {
    SessionSnapshot::Ages ages;
    if (!row.live.empty()) {
      ages.oldest_ms = age(row.live.front().time_ms);
      ages.median_ms = age(row.MedianTimeMs());
      ages.count = row.live_samples;
    }
    std::array<double, kAgeBuckets> histogram{};
    for (const SampledRow::Moment& moment : row.live)
      histogram[AgeBucket(age(moment.time_ms))] += moment.count;
    std::transform(
        histogram.begin(), histogram.end(), ages.histogram.begin(),
        [](double count) { return static_cast<uint32_t>(std::lround(count)); });
    snapshot->sampled_sites.push_back({row.site->key(), std::move(row), ages});
  }
}

SessionSnapshot Session::Snapshot() {
  SessionSnapshot snapshot;
  snapshot.elapsed_ms = ElapsedMs();
  page_stores_.Settle(snapshot.elapsed_ms);
  SettleExternals();
  std::vector<LiveRecord> records = live_.Records();
  for (const PageStores::Part& part : page_stores_.Parts())
    records.push_back(part.record);
  const auto now = std::chrono::steady_clock::now();
  sites_.ForEach([&snapshot, now](const Site& site) {
    snapshot.sites.push_back({site.key(),
                              site.live_bytes(),
                              site.live_count(),
                              site.total_bytes(),
                              site.total_count(),
                              site.peak_bytes(),
                              site.peak_count(),
                              MsBetween(site.made_at(), now),
                              {}});
  });
  for (const auto& thread : threads_) {
    const ThreadTallies::Sums sums = thread->tallies.Sum();
    snapshot.threads.push_back(
        {thread->id(), thread->name(), thread->alive(), thread->at_join.load(),
         sums.small_taken + sums.large_taken,
         sums.small_given_back + sums.large_given_back,
         sums.small_taken - sums.small_given_back, sums.unknown_given_back,
         page_stores_.ExternalOf(thread->id())});
    snapshot.cache_mismatches += thread->cache_mismatches();
  }
  SnapshotSamples(&snapshot);
  snapshot.declared = declared_.Rows();
  snapshot.small_external = small_external_.load();
  // Ages, site by site: the records of a site stand together after sorting,
  // oldest first.
  std::sort(records.begin(), records.end(),
            [](const LiveRecord& a, const LiveRecord& b) {
              return a.site != b.site ? a.site < b.site : a.time_ms < b.time_ms;
            });
  std::unordered_map<const Site*, SessionSnapshot::Ages> ages;
  for (size_t begin = 0; begin < records.size();) {
    size_t end = begin;
    while (end < records.size() && records[end].site == records[begin].site)
      ++end;
    const uint32_t middle = records[begin + (end - begin) / 2].time_ms;
    const auto age = [&snapshot](uint32_t time_ms) {
      return snapshot.elapsed_ms > time_ms ? snapshot.elapsed_ms - time_ms : 0;
    };
    SessionSnapshot::Ages& known = ages[records[begin].site];
    known = {age(records[begin].time_ms), age(middle), end - begin, {}};
    for (size_t i = begin; i < end; ++i)
      ++known.histogram[AgeBucket(age(records[i].time_ms))];
    begin = end;
  }
  size_t row = 0;
  sites_.ForEach([&](const Site& site) {
    if (row < snapshot.sites.size()) {
      const auto found = ages.find(&site);
      if (found != ages.end()) snapshot.sites[row].ages = found->second;
    }
    ++row;
  });
  for (size_t i = 0; i < drops_.size(); ++i)
    snapshot.drops[i] = drops_[i].load();
  snapshot.drops[static_cast<size_t>(Drop::kTableFull)] +=
      symbols_.overflows() + sites_.overflows();
  snapshot.own_bytes = live_.table_bytes() + sampled_.table_bytes() +
                       slabs_.note_bytes() + sites_.size() * sizeof(Site);
  // Last, so that every stack that a site names is in it.
  snapshot.symbols = symbols_.Snapshot();
  return snapshot;
}

}  // namespace abtrace
