// The watching thread; see the header.
#include "memory_watch.h"

#ifdef _WIN32

namespace abtrace {
void MemoryWatch::Start(const std::string&, uint64_t, int, Wake) {}
void MemoryWatch::Beat() {}
void MemoryWatch::Stop() {}
}  // namespace abtrace

#else

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace abtrace {
namespace {

// Memory fills at some gigabytes a second: a tenth of a small container's limit
// in as many milliseconds.
constexpr uint64_t kPollNs = 10 * 1000000;
constexpr uint64_t kBackOffNs = 1000 * 1000000ull;
// What memory fills at, at most: two gigabytes a second.
constexpr uint64_t kMostBytesPerNs = 2;

// Leaked on purpose: the thread may outlive static destruction.
struct Watch {
  uv_mutex_t mutex;
  uv_cond_t stopped;
  pthread_t thread;
  bool running = false;   // Main thread only.
  bool stopping = false;  // Under the mutex.
  int usage_fd = -1;
  int stat_fd = -1;
  uint64_t threshold_bytes = 0;
  uint64_t stalled_ns = 0;
  MemoryWatch::Wake wake = nullptr;
  std::atomic<uint64_t> beat_ns{0};
};

Watch& TheWatch() {
  static Watch* watch = [] {
    auto* made = new Watch;
    uv_mutex_init(&made->mutex);
    uv_cond_init(&made->stopped);
    return made;
  }();
  return *watch;
}

// 0 if it cannot be read.
uint64_t ReadNumber(int fd) {
  char text[32];
  const ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
  if (length <= 0) return 0;
  text[length] = '\0';
  return std::strtoull(text, nullptr, 10);
}

// Bytes of cache that the kernel gives back first, by `memory.stat`: in version
// 1 of control groups the sum over the groups below has a name of its own. 0 if
// that cannot be read.
uint64_t ReadInactiveFile(int fd) {
  char text[16384];
  const ssize_t length = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, 0);
  if (length <= 0) return 0;
  text[length] = '\0';
  for (const char* name : {"\ntotal_inactive_file ", "\ninactive_file "}) {
    const char* line = std::strstr(text, name);
    if (line != nullptr)
      return std::strtoull(line + std::strlen(name), nullptr, 10);
  }
  return 0;
}

// How many bytes are missing until the threshold is reached; 0 if it is.
uint64_t RoomLeft(const Watch& watch) {
  const uint64_t used = ReadNumber(watch.usage_fd);
  if (used < watch.threshold_bytes) return watch.threshold_bytes - used;
  const uint64_t kept = used - std::min(used, ReadInactiveFile(watch.stat_fd));
  return watch.threshold_bytes - std::min(kept, watch.threshold_bytes);
}

void* WatchMemory(void*) {
  Watch& watch = TheWatch();
  uint64_t next_look_ns = 0;
  uint64_t stall_woken_ns = 0;
  uv_mutex_lock(&watch.mutex);
  while (!watch.stopping) {
    uv_cond_timedwait(&watch.stopped, &watch.mutex, kPollNs);
    if (watch.stopping) break;
    const uint64_t now_ns = uv_hrtime();
    int reasons = 0;
    if (watch.usage_fd >= 0 && now_ns >= next_look_ns) {
      const uint64_t room = RoomLeft(watch);
      if (room == 0) reasons |= MemoryWatch::kUsage;
      next_look_ns =
          now_ns + (room == 0 ? kBackOffNs
                              : std::min(room / kMostBytesPerNs, kBackOffNs));
    }
    if (watch.stalled_ns > 0 && now_ns - stall_woken_ns > watch.stalled_ns &&
        now_ns > watch.beat_ns.load() + watch.stalled_ns) {
      stall_woken_ns = now_ns;
      reasons |= MemoryWatch::kStalled;
    }
    if (reasons != 0) watch.wake(reasons);
  }
  uv_mutex_unlock(&watch.mutex);
  return nullptr;
}

}  // namespace

void MemoryWatch::Start(const std::string& usage_file, uint64_t threshold_bytes,
                        int stalled_ms, Wake wake) {
  Stop();
  Watch& watch = TheWatch();
  if (!usage_file.empty())
    watch.usage_fd = open(usage_file.c_str(), O_RDONLY | O_CLOEXEC);
  const size_t folder = usage_file.rfind('/');
  if (folder != std::string::npos) {
    const std::string stat_file =
        usage_file.substr(0, folder + 1) + "memory.stat";
    watch.stat_fd = open(stat_file.c_str(), O_RDONLY | O_CLOEXEC);
  }
  watch.threshold_bytes = threshold_bytes;
  watch.stalled_ns = static_cast<uint64_t>(stalled_ms) * 1000000;
  watch.wake = wake;
  watch.stopping = false;
  Beat();
  // The program's threads handle its signals, this one none.
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  watch.running =
      pthread_create(&watch.thread, nullptr, WatchMemory, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

void MemoryWatch::Beat() { TheWatch().beat_ns.store(uv_hrtime()); }

void MemoryWatch::Stop() {
  Watch& watch = TheWatch();
  if (watch.running) {
    uv_mutex_lock(&watch.mutex);
    watch.stopping = true;
    uv_cond_signal(&watch.stopped);
    uv_mutex_unlock(&watch.mutex);
    pthread_join(watch.thread, nullptr);
    watch.running = false;
  }
  for (int* fd : {&watch.usage_fd, &watch.stat_fd}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

}  // namespace abtrace

#endif  // _WIN32
