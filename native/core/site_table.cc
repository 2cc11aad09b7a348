// Sites and their tallies; see the header.
#include "site_table.h"

#include "hash.h"

namespace abtrace {
namespace {

void RaiseTo(std::atomic<uint64_t>& peak, uint64_t value) {
  uint64_t seen = peak.load(std::memory_order_relaxed);
  while (seen < value &&
         !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

void Site::Add(uint64_t bytes) {
  total_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  total_count_.fetch_add(1, std::memory_order_relaxed);
  RaiseTo(peak_bytes_,
          live_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes);
  RaiseTo(peak_count_, live_count_.fetch_add(1, std::memory_order_relaxed) + 1);
}

void Site::Remove(uint64_t bytes) {
  live_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  live_count_.fetch_sub(1, std::memory_order_relaxed);
}

void Site::Undo(uint64_t bytes) {
  Remove(bytes);
  total_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  total_count_.fetch_sub(1, std::memory_order_relaxed);
}

void Site::Shrink(uint64_t bytes) {
  live_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  total_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

size_t SiteKeyHash::operator()(const SiteKey& key) const {
  uint64_t hash = Combine(key.stack, key.cause);
  hash = Combine(hash, key.label);
  hash = Combine(hash, (uint64_t{key.thread} << 16) |
                           (static_cast<uint64_t>(key.kind) << 2) |
                           (key.past_allocator ? 2 : 0) | (key.own ? 1 : 0));
  hash = Combine(hash, key.addon);
  return static_cast<size_t>(Mix(hash));
}

Site* SiteTable::Find(const SiteKey& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = index_.find(key);
  if (found != index_.end()) return found->second;
  SiteKey made = key;
  if (sites_.size() >= kMaxSites) {
    ++overflows_;
    made = SiteKey{.thread = key.thread,
                   .kind = key.kind,
                   .past_allocator = key.past_allocator,
                   .own = key.own,
                   .addon = key.addon};
    const auto fallback = index_.find(made);
    if (fallback != index_.end()) return fallback->second;
  }
  Site* site = &sites_.emplace_back(made);
  index_.emplace(made, site);
  return site;
}

size_t SiteTable::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sites_.size();
}

uint64_t SiteTable::overflows() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return overflows_;
}

}  // namespace abtrace
