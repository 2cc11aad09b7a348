// Notices that memory gets short while the program has no time to look itself:
// a thread of its own reads what the container uses, and sees whether the
// program still comes round its event loop. Knows no JavaScript.
#ifndef ABTRACE_NATIVE_MEMORY_WATCH_H_
#define ABTRACE_NATIVE_MEMORY_WATCH_H_

#include <cstdint>
#include <string>

namespace abtrace {

// One per process. Start, Beat, Stop: the main thread only.
//
// A loop that allocates until the container's limit takes milliseconds to get
// there and never reaches a timer, hence the thread. It wakes the main thread,
// which looks closer and decides; until `kBackOffMs` later it does not do so
// again for the same reason.
class MemoryWatch {
 public:
  enum Reason : int { kUsage = 1, kStalled = 2, kHeapLimit = 4 };
  // Told of a reason, on the watching thread.
  using Wake = void (*)(int reason);

  // Watches `usage_file`, which holds one number in bytes, for a number of at
  // least `threshold_bytes`, less the cache that `memory.stat` beside it says
  // the kernel gives back first; an empty name: not. Wakes also when there was
  // no Beat for `stalled_ms`; 0: not. Watches one thing at a time: a later call
  // takes the place of an earlier one. Does nothing on Windows.
  static void Start(const std::string& usage_file, uint64_t threshold_bytes,
                    int stalled_ms, Wake wake);
  // The main thread has been in its event loop.
  static void Beat();
  // Returns when the thread has ended.
  static void Stop();
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_MEMORY_WATCH_H_
