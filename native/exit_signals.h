// Notices signals that are about to end the process, so that a last dump can be
// written first. Knows no JavaScript: whoever watches is told on a thread of
// its own and brings the process to its end.
#ifndef ABTRACE_NATIVE_EXIT_SIGNALS_H_
#define ABTRACE_NATIVE_EXIT_SIGNALS_H_

namespace abtrace {

// One per process. Watch and Unwatch: the main thread only. Begin: any thread.
//
// Our handler stands where the default action stood. As soon as the program
// listens to a signal itself, libuv's handler takes the place of ours and the
// signal is none of our business. A signal that nobody listens to must end the
// process in any case, dump or no dump:
//
//   first signal ─▶ handler ─▶ watcher thread ─▶ deliver(signal) ─▶ Begin()
//   within kPatienceMs
//                                    │                                  └▶
//                                    dump, Unwatch, same signal └─ not begun in
//                                    time ─▶ former action, same signal
//   another one, kHurryMs later ─▶ handler ─▶ former action, same signal
//
// Does nothing on Windows.
class ExitSignals {
 public:
  // Told of a signal, on the watcher thread.
  using Deliver = void (*)(int signal);

  // Watches `signal` too. Not if it is ignored, or if the system refuses.
  static void Watch(int signal, Deliver deliver);
  // Puts the former actions back where ours still stand.
  static void Unwatch();
  // The signal is being seen to: true for the first caller alone.
  static bool Begin();
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_EXIT_SIGNALS_H_
