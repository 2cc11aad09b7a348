// Stores and what becomes of them; see the header.
#include "page_stores.h"

#include <algorithm>
#include <utility>

namespace abtrace {
namespace {

using Store = std::shared_ptr<v8::BackingStore>;

// The same store, not another one that was made at its address later.
bool IsSame(const std::weak_ptr<v8::BackingStore>& known, const Store& store) {
  return !known.owner_before(store) && !store.owner_before(known);
}

}  // namespace

void PageStores::Note(const Store& store, Site* site, uint32_t time_ms) {
  if (store == nullptr) return;
  // Let go of after the mutex: the last owner of a store frees its memory.
  std::vector<Store> held;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (entries_.size() >= settle_at_) {
    SettleLocked(time_ms, &held);
    settle_at_ = std::max(kFirstSettled, entries_.size() * 2);
  }
  Entry& entry = entries_[store.get()];
  if (!entry.block.parts().empty() && !IsSame(entry.store, store)) {
    entry.block.Release();
  }
  const uint64_t bytes = store->ByteLength();
  if (entry.block.parts().empty()) {
    entry.store = store;
    entry.data = store->Data();
    entry.first_bytes = bytes;
    entry.shared = store->IsShared();
  }
  entry.block.Resize(bytes, site, time_ms);
}

void PageStores::Settle(uint32_t time_ms) {
  std::vector<Store> held;
  const std::lock_guard<std::mutex> lock(mutex_);
  SettleLocked(time_ms, &held);
}

void PageStores::SettleLocked(uint32_t time_ms, std::vector<Store>* held) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    GrowingBlock& block = at->second.block;
    Store store = at->second.store.lock();
    if (store == nullptr) {
      block.Release();
      at = entries_.erase(at);
      continue;
    }
    block.Resize(store->ByteLength(), block.parts().front().site, time_ms);
    held->push_back(std::move(store));
    ++at;
  }
}

std::vector<PageStores::Part> PageStores::Parts() const {
  std::vector<Part> parts;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    const auto* address = static_cast<const char*>(entry.data);
    for (const GrowingBlock::Part& part : entry.block.parts()) {
      if (part.bytes == 0) continue;
      LiveRecord record;
      record.address = address;
      record.size = part.bytes;
      record.site = part.site;
      record.time_ms = part.time_ms;
      parts.push_back({record, entry.data});
      address += part.bytes;
    }
  }
  return parts;
}

PageStores::External PageStores::ExternalOf(uint32_t thread) const {
  External external;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    const SiteKey& made_by = entry.block.parts().front().site->key();
    if (entry.shared || made_by.thread != thread ||
        made_by.kind == Kind::kExternal) {
      continue;
    }
    if (made_by.kind != Kind::kWasm) {
      external.resizable_bytes +=
          kExternalFollowsResizes ? entry.block.bytes() : entry.first_bytes;
    } else if (kExternalHasWasm) {
      external.wasm_bytes += entry.block.bytes();
    }
  }
  return external;
}

bool PageStores::Knows(const void* data) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(), [data](const auto& one) {
    return one.second.data == data && !one.second.store.expired();
  });
}

}  // namespace abtrace
