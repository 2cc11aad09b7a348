// Adding up what is declared; see the header.
#include "declared_table.h"

namespace abtrace {

void DeclaredTable::Add(const SiteKey& key, int64_t change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SiteKey made = key;
  auto found = index_.find(made);
  if (found == index_.end() && rows_.size() >= kMaxRows) {
    made = SiteKey{.thread = key.thread, .kind = key.kind, .addon = key.addon};
    found = index_.find(made);
  }
  if (found == index_.end()) {
    found = index_.emplace(made, rows_.size()).first;
    rows_.push_back({.key = made});
  }
  Row& row = rows_[found->second];
  // Negated without a sign: the most negative number has no positive one.
  if (change >= 0) {
    row.increased_bytes += static_cast<uint64_t>(change);
  } else {
    row.decreased_bytes += uint64_t{0} - static_cast<uint64_t>(change);
  }
  ++row.calls;
}

std::vector<DeclaredTable::Row> DeclaredTable::Rows() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rows_;
}

}  // namespace abtrace
