// What JavaScript calls to hear that memory gets short.
#include <atomic>
#include <string>
#include <utility>

#include "js/calls.h"
#include "js/waker.h"
#include "memory_watch.h"

namespace abtrace {
namespace {

struct MemoryListener {
  explicit MemoryListener(Waker to_wake) : waker(std::move(to_wake)) {}

  Waker waker;
  std::atomic<int> reasons{0};
  // By how much the limit of the heap is raised, so that there is room for a
  // dump, and how often still.
  size_t headroom_bytes = 0;
  int raises_left = 0;
  // What the limit was before it was raised; 0 if it was not.
  size_t former_limit_bytes = 0;
  bool watches_heap = false;
};

// The main thread's, for as long as its environment lives.
std::atomic<MemoryListener*> memory_listener{nullptr};

constexpr int kMostRaises = 3;

void TellOfMemory() {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr) return;
  const int reasons = listener->reasons.exchange(0);
  if (reasons == 0) return;
  listener->waker.Call(reasons);
  // Whoever is interrupted must not get an error that is none of theirs.
  const Napi::Env env = listener->waker.env();
  if (env.IsExceptionPending()) env.GetAndClearPendingException();
}

// Any thread while the listener lives: the watch has ended before it goes.
void WakeForMemory(int reason) {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr) return;
  if (listener->reasons.fetch_or(reason) == 0)
    listener->waker.Wake<TellOfMemory>();
}

// Called by V8 in the middle of a collection that freed too little. Where the
// limit is not raised the process ends.
size_t OnNearHeapLimit(void*, size_t current_bytes, size_t) {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr || listener->raises_left == 0) return current_bytes;
  --listener->raises_left;
  if (listener->former_limit_bytes == 0)
    listener->former_limit_bytes = current_bytes;
  WakeForMemory(MemoryWatch::kHeapLimit);
  return current_bytes + listener->headroom_bytes;
}

void ForgetMemory(void*) {
  MemoryWatch::Stop();
  memory_listener.store(nullptr);
}

// watchMemory(usageFile, thresholdBytes, stalledMs, onWake): void — main thread
// only; see memory_watch.h. `onWake` of the first call counts, and is told the
// reasons.
Napi::Value JsWatchMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (memory_listener.load() == nullptr) {
    memory_listener.store(
        new MemoryListener(Waker(env, info[3].As<Napi::Function>())));
    napi_add_env_cleanup_hook(env, ForgetMemory, nullptr);
  }
  const auto threshold = info[1].As<Napi::Number>().Int64Value();
  const int stalled_ms = info[2].As<Napi::Number>().Int32Value();
  const std::string file = info[0].As<Napi::String>().Utf8Value();
  if (!file.empty() || stalled_ms > 0) {
    MemoryWatch::Start(file, static_cast<uint64_t>(threshold), stalled_ms,
                       WakeForMemory);
  }
  return env.Undefined();
}

// memoryBeat(): void — the program comes round its event loop.
Napi::Value JsMemoryBeat(const Napi::CallbackInfo& info) {
  MemoryWatch::Beat();
  return info.Env().Undefined();
}

// watchHeapLimit(headroomBytes): void — after watchMemory: wakes too when V8 is
// about to give up, and raises its limit by so much, a few times, until
// unwatchHeapLimit.
Napi::Value JsWatchHeapLimit(const Napi::CallbackInfo& info) {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr || listener->watches_heap)
    return info.Env().Undefined();
  listener->watches_heap = true;
  listener->former_limit_bytes = 0;
  listener->headroom_bytes =
      static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  listener->raises_left = kMostRaises;
  listener->waker.isolate()->AddNearHeapLimitCallback(OnNearHeapLimit, nullptr);
  return info.Env().Undefined();
}

// unwatchHeapLimit(): void — and the limit is what it was, as far as the heap
// has not outgrown it.
Napi::Value JsUnwatchHeapLimit(const Napi::CallbackInfo& info) {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr || !listener->watches_heap)
    return info.Env().Undefined();
  listener->watches_heap = false;
  listener->waker.isolate()->RemoveNearHeapLimitCallback(
      OnNearHeapLimit, listener->former_limit_bytes);
  return info.Env().Undefined();
}

// unwatchMemory(): void — nothing wakes any more.
Napi::Value JsUnwatchMemory(const Napi::CallbackInfo& info) {
  MemoryWatch::Stop();
  return JsUnwatchHeapLimit(info);
}

}  // namespace

void AddMemoryWatchCalls(Napi::Object exports) {
  AddCalls(exports, {
                        {"watchMemory", JsWatchMemory},
                        {"memoryBeat", JsMemoryBeat},
                        {"unwatchMemory", JsUnwatchMemory},
                        {"watchHeapLimit", JsWatchHeapLimit},
                        {"unwatchHeapLimit", JsUnwatchHeapLimit},
                    });
}

}  // namespace abtrace
