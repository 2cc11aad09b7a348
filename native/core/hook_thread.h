// What a thread leaves behind as it passes through the hooks: that it is inside
// of one, and what it has counted. Both without a write that two threads share.
#ifndef ABTRACE_NATIVE_CORE_HOOK_THREAD_H_
#define ABTRACE_NATIVE_CORE_HOOK_THREAD_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "types.h"

namespace abtrace {

// Bytes that one thread has counted for one isolate. Written by one thread at a
// time, which needs no locked instructions; read by any.
class Tally {
 public:
  void Add(int64_t amount) {
    bytes_.store(bytes_.load(std::memory_order_relaxed) + amount,
                 std::memory_order_relaxed);
  }
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> bytes_{0};
};

// What is below the threshold and the rest are counted apart.
struct alignas(kCacheLine) Tallies {
  Tally small_taken;
  Tally large_taken;
  Tally small_given_back;
  Tally large_given_back;
  // Of the latter, blocks that the session has no record of.
  Tally unknown_given_back;
};

// One for each thread that ever came through a hook; they are used again when
// threads end, and never freed.
//
// Who ends a session must know that no thread is inside of an observer any
// more:
//
//   a hook    passage ── odd ──► reads the observer ── … ── passage ── even
//                              ╎
//   the end   observer = null ─╎─ barrier on all threads ─ waits for each
//   passage
//                              ╎                           that is odd
//
// Either the hook's number is seen, or the hook sees that there is no observer.
// Where the system offers a barrier that runs on all threads (membarrier(2) of
// Linux), the hook's side of it costs nothing; elsewhere it is a locked
// instruction.
class HookThread {
 public:
  // That of the calling thread. Null while the thread ends.
  static HookThread* Current() {
    HookThread* known = current_;
    return known != nullptr ? known : Make();
  }

  // Enters a hook; `Leave` in the reverse order. They nest.
  void Enter() {
    if (depth_++ != 0) return;
    const uint64_t odd = passage_.load(std::memory_order_relaxed) + 1;
    if (barriers_) [[likely]] {
      passage_.store(odd, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      passage_.exchange(odd);
    }
  }
  void Leave() {
    if (--depth_ != 0) return;
    passage_.store(passage_.load(std::memory_order_relaxed) + 1,
                   std::memory_order_release);
  }

  // Called before the first thread may enter a hook.
  static void Prepare();
  // Returns once every hook that other threads were inside of has been left.
  // What was stored before, hooks entered later see. Not from inside a hook.
  static void WaitForOthers();

  // Set while Reallocate of an allocator's class runs.
  bool in_reallocate = false;

 private:
  friend class ThreadTallies;
  struct Ending;

  static HookThread* Make();

  static inline thread_local HookThread* current_ = nullptr;
  static inline std::atomic<HookThread*> all_{nullptr};
  static inline bool barriers_ = false;

  std::atomic<uint64_t> passage_{0};  // Odd: inside of a hook.
  uint32_t depth_ = 0;
  HookThread* next_ = nullptr;
  std::atomic<bool> in_use_{true};
  // Where this thread counts for the isolate that it counted for last.
  uint64_t tallies_of_ = 0;
  Tallies* tallies_ = nullptr;
};

// What all threads have counted for one isolate in one session. Any thread.
class ThreadTallies {
 public:
  ThreadTallies();
  ThreadTallies(const ThreadTallies&) = delete;
  ThreadTallies& operator=(const ThreadTallies&) = delete;

  // Those of the calling thread.
  Tallies& Of(HookThread* thread) {
    if (thread->tallies_of_ == serial_) [[likely]]
      return *thread->tallies_;
    return Find(thread);
  }

  struct Sums {
    int64_t small_taken = 0, large_taken = 0;
    int64_t small_given_back = 0, large_given_back = 0;
    int64_t unknown_given_back = 0;
  };
  Sums Sum() const;

 private:
  Tallies& Find(HookThread* thread);

  const uint64_t serial_;  // Never given out again.
  mutable std::mutex mutex_;
  std::map<const HookThread*, std::unique_ptr<Tallies>> of_threads_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_HOOK_THREAD_H_
