// Contexts: what an asynchronous resource remembers, as one small number. A
// context is a cause (the user-code stack that started the work) together with
// the label it ran under.
#ifndef ABTRACE_NATIVE_CORE_CONTEXT_TABLE_H_
#define ABTRACE_NATIVE_CORE_CONTEXT_TABLE_H_

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "types.h"

namespace abtrace {

struct Context {
  StackId cause = 0;
  StringId label = 0;
  // The frame of the cause that shows: its innermost one of the user's. Goes
  // with `cause`.
  FrameId user_frame = 0;
  // Work that abtrace itself started (an asynchronous dump): what it allocates
  // is abtrace's own.
  bool own = false;

  bool operator==(const Context&) const = default;
};

// One thread only (each isolate has its own table). Its size is bounded by the
// number of distinct (stack, label) pairs of the program, and by kMaxContexts;
// it does not grow with promises.
class ContextTable {
 public:
  static constexpr size_t kMaxContexts = 1u << 20;

  // Ids are given out from `base` on, so that those of an earlier table can be
  // told from this one's: they read as context 0.
  explicit ContextTable(ContextId base = 0);

  // Past kMaxContexts it answers 0, the context of no cause and no label, and
  // counts an overflow.
  ContextId Intern(const Context& context);
  // An id that was never given out reads as context 0.
  const Context& Get(ContextId id) const;
  size_t size() const { return contexts_.size(); }
  uint64_t overflows() const { return overflows_; }

 private:
  const ContextId base_;
  std::vector<Context> contexts_;
  std::unordered_map<uint64_t, ContextId> index_;
  uint64_t overflows_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_CONTEXT_TABLE_H_
