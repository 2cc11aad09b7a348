// A per-thread flag that says "abtrace is at work on this thread", so that an
// allocation made by capturing a stack is tallied without being captured
// itself. Must not allocate or lock.
#ifndef ABTRACE_NATIVE_CORE_RECURSION_GUARD_H_
#define ABTRACE_NATIVE_CORE_RECURSION_GUARD_H_

namespace abtrace {

// Any thread; each thread sees its own flag. Scoped: constructed at most once
// per nesting level.
class RecursionGuard {
 public:
  RecursionGuard() : entered_(!active_) { active_ = true; }
  ~RecursionGuard() {
    if (entered_) active_ = false;
  }
  RecursionGuard(const RecursionGuard&) = delete;
  RecursionGuard& operator=(const RecursionGuard&) = delete;

  // False when an outer guard is alive on this thread.
  bool entered() const { return entered_; }

 private:
  static inline thread_local bool active_ = false;
  const bool entered_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_RECURSION_GUARD_H_
