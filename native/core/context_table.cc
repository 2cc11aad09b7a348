// Interning of contexts; see the header.
#include "context_table.h"

namespace abtrace {
namespace {

// Stack ids fit 18 bits and string ids 19 (the limits of SymbolTable), so that
// the key is exact.
uint64_t KeyOf(const Context& context) {
  return (uint64_t{context.cause} << 33) | (uint64_t{context.label} << 1) |
         (context.own ? 1 : 0);
}

}  // namespace

ContextTable::ContextTable(ContextId base) : base_(base) {
  contexts_.emplace_back();
  index_.emplace(KeyOf(contexts_.front()), 0);
}

ContextId ContextTable::Intern(const Context& context) {
  const uint64_t key = KeyOf(context);
  const auto found = index_.find(key);
  if (found != index_.end()) return found->second;
  if (contexts_.size() >= kMaxContexts) {
    ++overflows_;
    return 0;
  }
  const auto id = base_ + static_cast<ContextId>(contexts_.size());
  contexts_.push_back(context);
  index_.emplace(key, id);
  return id;
}

const Context& ContextTable::Get(ContextId id) const {
  return contexts_[id > base_ && id - base_ < contexts_.size() ? id - base_
                                                               : 0];
}

}  // namespace abtrace
