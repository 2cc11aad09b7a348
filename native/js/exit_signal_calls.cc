// What JavaScript calls to hear of signals that would end the process.
#include <atomic>

#include "exit_signals.h"
#include "js/calls.h"
#include "js/waker.h"

namespace abtrace {
namespace {

struct ExitSignalListener {
  Waker waker;
  int signal = 0;
};

// The main thread's, for as long as its environment lives.
std::atomic<ExitSignalListener*> exit_signal_listener{nullptr};

void TellOfExitSignal() {
  const ExitSignalListener* listener = exit_signal_listener.load();
  if (listener == nullptr || !ExitSignals::Begin()) return;
  listener->waker.Call(listener->signal);
}

void ForgetExitSignals(void*) {
  ExitSignals::Unwatch();
  exit_signal_listener.store(nullptr);
}

// On the watcher's thread.
void DeliverExitSignal(int signal) {
  ExitSignalListener* listener = exit_signal_listener.load();
  if (listener == nullptr) return;
  listener->signal = signal;
  listener->waker.Wake<TellOfExitSignal>();
}

// watchExitSignals(signals, onSignal): void — main thread only; `onSignal` of
// the first call counts.
Napi::Value JsWatchExitSignals(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (exit_signal_listener.load() == nullptr) {
    exit_signal_listener.store(
        new ExitSignalListener{Waker(env, info[1].As<Napi::Function>())});
    napi_add_env_cleanup_hook(env, ForgetExitSignals, nullptr);
  }
  const auto signals = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < signals.Length(); ++i) {
    ExitSignals::Watch(signals.Get(i).As<Napi::Number>().Int32Value(),
                       DeliverExitSignal);
  }
  return env.Undefined();
}

// unwatchExitSignals(): void — their former actions are back.
Napi::Value JsUnwatchExitSignals(const Napi::CallbackInfo& info) {
  ExitSignals::Unwatch();
  return info.Env().Undefined();
}

}  // namespace

void AddExitSignalCalls(Napi::Object exports) {
  AddCalls(exports, {
                        {"watchExitSignals", JsWatchExitSignals},
                        {"unwatchExitSignals", JsUnwatchExitSignals},
                    });
}

}  // namespace abtrace
