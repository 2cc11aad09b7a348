// Memory that addons only declare to V8, by addon and site: how much they said
// they took and gave back. None of it is known to be bytes of its own.
#ifndef ABTRACE_NATIVE_CORE_DECLARED_TABLE_H_
#define ABTRACE_NATIVE_CORE_DECLARED_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "site_table.h"

namespace abtrace {

// Any thread; one mutex.
class DeclaredTable {
 public:
  static constexpr size_t kMaxRows = 1u << 16;

  struct Row {
    SiteKey key;
    uint64_t increased_bytes = 0;
    uint64_t decreased_bytes = 0;
    uint64_t calls = 0;
  };

  DeclaredTable() = default;
  DeclaredTable(const DeclaredTable&) = delete;
  DeclaredTable& operator=(const DeclaredTable&) = delete;

  // `change` in bytes; negative: given back. Past kMaxRows the addon's row of
  // the thread that has no stack takes it.
  void Add(const SiteKey& key, int64_t change);
  // In the order in which they were first seen.
  std::vector<Row> Rows() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Row> rows_;
  std::unordered_map<SiteKey, size_t, SiteKeyHash> index_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_DECLARED_TABLE_H_
