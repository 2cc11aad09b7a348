// Who is inside of a hook, and what each thread has counted: under many threads
// that come and go.
#include "core/hook_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace abtrace {
namespace {

TEST(HookThread, IsTheSameForAThreadUntilItEndsAndThenServesAnother) {
  HookThread::Prepare();
  const HookThread* self = HookThread::Current();
  HookThread* first = nullptr;
  HookThread* again = nullptr;
  std::thread([&first, &again] {
    first = HookThread::Current();
    again = HookThread::Current();
  }).join();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, self);
  HookThread* next = nullptr;
  std::thread([&next] { next = HookThread::Current(); }).join();
  EXPECT_EQ(next, first);
}

TEST(HookThread, DoesNotWaitForTheCallerNorForThreadsThatAreOutside) {
  HookThread::Prepare();
  std::thread([] { HookThread::Current(); }).join();
  HookThread* self = HookThread::Current();
  self->Enter();
  self->Enter();
  self->Leave();
  HookThread::WaitForOthers();
  self->Leave();
}

// What an observer is to the hooks: it must not be used once the wait is over.
struct Observer {
  std::atomic<bool> is_gone{false};
  std::atomic<uint64_t> calls{0};
};

TEST(HookThread, LeavesNobodyInsideOnceTheWaitIsOver) {
  HookThread::Prepare();
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  std::vector<Observer> observers(kRounds);
  std::atomic<Observer*> current{nullptr};
  std::atomic<bool> done{false};
  std::atomic<uint64_t> late{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (!done.load()) {
        HookThread* thread = HookThread::Current();
        thread->Enter();
        if (Observer* observer = current.load()) {
          thread->Enter();  // Hooks nest.
          observer->calls.fetch_add(1, std::memory_order_relaxed);
          thread->Leave();
          if (observer->is_gone.load(std::memory_order_relaxed)) late += 1;
        }
        thread->Leave();
      }
    });
  }
  for (Observer& observer : observers) {
    current.store(&observer);
    while (observer.calls.load() < 10) std::this_thread::yield();
    current.store(nullptr);
    HookThread::WaitForOthers();
    observer.is_gone.store(true);
  }
  done.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(late.load(), 0u);
}

TEST(ThreadTallies, AddUpWhatAllThreadsHaveCounted) {
  constexpr int kThreads = 8;
  constexpr int kSteps = 20000;
  ThreadTallies one;
  ThreadTallies other;
  for (int generation = 0; generation < 2; ++generation) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&one, &other] {
        HookThread* thread = HookThread::Current();
        for (int step = 0; step < kSteps; ++step) {
          Tallies& tallies = (step % 3 == 0 ? one : other).Of(thread);
          tallies.small_taken.Add(5);
          tallies.large_given_back.Add(step % 7);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const ThreadTallies::Sums first = one.Sum();
  const ThreadTallies::Sums second = other.Sum();
  EXPECT_EQ(first.small_taken + second.small_taken,
            int64_t{2} * kThreads * kSteps * 5);
  EXPECT_EQ(first.small_taken, int64_t{2} * kThreads * ((kSteps + 2) / 3) * 5);
  int64_t given_back = 0;
  for (int step = 0; step < kSteps; ++step) given_back += step % 7;
  EXPECT_EQ(first.large_given_back + second.large_given_back,
            2 * kThreads * given_back);
  EXPECT_EQ(first.large_taken + first.small_given_back, 0);
}

TEST(ThreadTallies, StartAtZeroWhereOthersStoodBefore) {
  HookThread* thread = HookThread::Current();
  for (int64_t round = 1; round <= 3; ++round) {
    ThreadTallies tallies;
    tallies.Of(thread).large_taken.Add(round);
    EXPECT_EQ(tallies.Sum().large_taken, round);
  }
}

}  // namespace
}  // namespace abtrace
