// Threads that come and go, and the barrier; see the header.
#include "hook_thread.h"

#include <thread>

#ifdef __linux__
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace abtrace {
namespace {

thread_local bool ending = false;

// ThreadSanitizer knows nothing of the barrier: there the slow way is taken.
bool RegisterBarriers() {
#if defined(__linux__) && defined(__NR_membarrier) && \
    !defined(__SANITIZE_THREAD__)
  return syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
                 0) == 0;
#else
  return false;
#endif
}

void Barrier() {
#if defined(__linux__) && defined(__NR_membarrier)
  syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
#endif
}

}  // namespace

// Gives the thread's place to another one when the thread ends.
struct HookThread::Ending {
  HookThread* thread = nullptr;
  ~Ending() {
    ending = true;
    current_ = nullptr;
    if (thread != nullptr)
      thread->in_use_.store(false, std::memory_order_release);
  }
};

HookThread* HookThread::Make() {
  if (ending) return nullptr;
  static thread_local Ending at_end;
  HookThread* thread = all_.load(std::memory_order_acquire);
  for (; thread != nullptr; thread = thread->next_) {
    bool free = false;
    if (thread->in_use_.compare_exchange_strong(free, true)) break;
  }
  if (thread == nullptr) {
    thread = new HookThread;
    thread->next_ = all_.load();
    while (!all_.compare_exchange_weak(thread->next_, thread)) {
    }
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
  at_end.thread = thread;
  current_ = thread;
  return thread;
}

void HookThread::Prepare() {
  static const bool once = [] {
    barriers_ = RegisterBarriers();
    return true;
  }();
  static_cast<void>(once);
}

void HookThread::WaitForOthers() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (barriers_) Barrier();
  const HookThread* self = current_;
  for (const HookThread* thread = all_.load(); thread != nullptr;
       thread = thread->next_) {
    if (thread == self) continue;
    const uint64_t seen = thread->passage_.load();
    if ((seen & 1) == 0) continue;
    while (thread->passage_.load(std::memory_order_acquire) == seen)
      std::this_thread::yield();
  }
}

ThreadTallies::ThreadTallies()
    : serial_([] {
        static std::atomic<uint64_t> serials{0};
        return serials.fetch_add(1) + 1;
      }()) {}

Tallies& ThreadTallies::Find(HookThread* thread) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::unique_ptr<Tallies>& tallies = of_threads_[thread];
  if (tallies == nullptr) tallies = std::make_unique<Tallies>();
  thread->tallies_of_ = serial_;
  thread->tallies_ = tallies.get();
  return *tallies;
}

ThreadTallies::Sums ThreadTallies::Sum() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Sums sums;
  for (const auto& [thread, tallies] : of_threads_) {
    // What is given back was taken before, and must not be seen without it.
    sums.small_given_back += tallies->small_given_back.bytes();
    sums.large_given_back += tallies->large_given_back.bytes();
    sums.unknown_given_back += tallies->unknown_given_back.bytes();
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  for (const auto& [thread, tallies] : of_threads_) {
    sums.small_taken += tallies->small_taken.bytes();
    sums.large_taken += tallies->large_taken.bytes();
  }
  return sums;
}

}  // namespace abtrace
