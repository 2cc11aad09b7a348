// Whether a thread runs in an interrupt that V8 serves: between any two
// instructions of JavaScript, which may not expect that its objects change.
#ifndef ABTRACE_NATIVE_INTERRUPT_SCOPE_H_
#define ABTRACE_NATIVE_INTERRUPT_SCOPE_H_

namespace abtrace {

// While one lives, its thread is in one.
class InterruptScope {
 public:
  InterruptScope() { ++depth_; }
  ~InterruptScope() { --depth_; }
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  static bool InOne() { return depth_ > 0; }

 private:
  inline static thread_local int depth_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_INTERRUPT_SCOPE_H_
