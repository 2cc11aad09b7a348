// The handler, and the thread that it wakes; see the header.
#include "exit_signals.h"

#ifdef _WIN32

namespace abtrace {
void ExitSignals::Watch(int, Deliver) {}
void ExitSignals::Unwatch() {}
bool ExitSignals::Begin() { return false; }
}  // namespace abtrace

#else

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace abtrace {
namespace {

// How long the main thread has to begin its dump; it may be blocked in native
// code for good.
constexpr int kPatienceMs = 2000;
// A terminal and a parent process may both send the signal: only a later one is
// a second one.
constexpr int64_t kHurryMs = 500;
constexpr int kSignals = 32;

// All that the handler touches is lock-free, as are the calls it makes
// async-signal-safe.
struct Slot {
  std::atomic<bool> watched{false};
  struct sigaction former = {};
};
Slot slots[kSignals];
std::atomic<int> arrived{0};
std::atomic<int64_t> arrived_ms{0};
std::atomic<bool> begun{false};
std::atomic<ExitSignals::Deliver> deliver_to{nullptr};
// libuv's semaphores may be posted in a handler on Linux and macOS, and take no
// file descriptor: the program's own descriptors keep their numbers.
uv_sem_t wake_watcher;

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

void EndProcess(int signal) {
  ExitSignals::Unwatch();
  kill(getpid(), signal);
}

void OnSignal(int signal) {
  const int saved_errno = errno;
  int none = 0;
  if (arrived.compare_exchange_strong(none, signal)) {
    arrived_ms.store(NowMs());
    uv_sem_post(&wake_watcher);
  } else if (NowMs() - arrived_ms.load() > kHurryMs) {
    EndProcess(signal);
  }
  errno = saved_errno;
}

void* WatchSignals(void*) {
  uv_sem_wait(&wake_watcher);
  const int signal = arrived.load();
  deliver_to.load()(signal);
  for (int waited_ms = 0; !begun.load(); waited_ms += 20) {
    if (waited_ms >= kPatienceMs && ExitSignals::Begin()) {
      EndProcess(signal);
      break;
    }
    uv_sleep(20);
  }
  return nullptr;
}

bool StartWatcher() {
  if (uv_sem_init(&wake_watcher, 0) != 0) return false;
  // The program's threads handle its signals, this one none.
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  pthread_t thread;
  const bool started =
      pthread_create(&thread, nullptr, WatchSignals, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  if (started) pthread_detach(thread);
  return started;
}

}  // namespace

void ExitSignals::Watch(int signal, Deliver deliver) {
  if (signal <= 0 || signal >= kSignals) return;
  deliver_to.store(deliver);
  static const bool started = StartWatcher();
  if (!started) return;
  struct sigaction current = {};
  if (sigaction(signal, nullptr, &current) != 0) return;
  if (current.sa_handler == SIG_IGN || current.sa_handler == OnSignal) return;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  slots[signal].former = current;
  slots[signal].watched.store(true);
  if (sigaction(signal, &action, nullptr) != 0)
    slots[signal].watched.store(false);
}

void ExitSignals::Unwatch() {
  for (int signal = 1; signal < kSignals; ++signal) {
    if (!slots[signal].watched.exchange(false)) continue;
    struct sigaction current = {};
    if (sigaction(signal, nullptr, &current) != 0 ||
        current.sa_handler != OnSignal)
      continue;
    sigaction(signal, &slots[signal].former, nullptr);
  }
}

bool ExitSignals::Begin() { return !begun.exchange(true); }

}  // namespace abtrace

#endif  // _WIN32
