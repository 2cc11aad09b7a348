// The process-wide owner of tracing: sessions begin and end here, isolates join
// and go. No JavaScript values cross it.
#ifndef ABTRACE_NATIVE_TRACER_H_
#define ABTRACE_NATIVE_TRACER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "session.h"
#include "thread_state.h"

namespace abtrace {

// An isolate's part in a session. `state` is good for as long as the member
// holds the session.
struct Member {
  std::shared_ptr<Session> session;
  ThreadState* state = nullptr;
};

// The one tracer of the process (of this copy of abtrace). Any thread.
class Tracer {
 public:
  static Tracer& Get();

  // Begins a session; false if one is under way.
  bool Start(SessionOptions options);
  // Ends it: puts every allocator back. False if there was none.
  bool Stop();
  // Of the session under way, if there is one.
  std::optional<std::string> Description();

  // Hooks the current isolate into the session that runs. Empty, and `error`
  // says why, if there is none or the runtime is not one we know. `shared` has
  // kSharedSlots numbers and lives until Leave.
  Member Join(v8::Isolate* isolate, FrameWalker walker, uint32_t id,
              std::string name, int32_t* shared, std::string* error);
  // The isolate is going: nothing of it is touched any more. Only on its
  // thread.
  void Leave(v8::Isolate* isolate, const Member& member);

  // Null without a session.
  std::unique_ptr<SessionSnapshot> Snapshot();
  std::shared_ptr<Session> CurrentSession();
  // The threads of the session that are alive, with their isolates: names to
  // compare, since they may go at any moment.
  std::unordered_map<const v8::Isolate*, uint32_t> AliveThreads();

 private:
  Tracer() = default;

  std::mutex mutex_;
  std::shared_ptr<Session> session_;
  std::unordered_map<v8::Isolate*, std::unique_ptr<MarkCompactCounter>>
      collections_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_TRACER_H_
