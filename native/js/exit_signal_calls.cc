// What JavaScript calls to hear of signals that would end the process.
#include <atomic>

#include "exit_signals.h"
#include "js/calls.h"

namespace abtrace {
namespace {

// Tells JavaScript of a signal that would end the process: through the event
// loop, or by interrupting what runs, whichever comes first.
struct ExitSignalListener {
  v8::Isolate* isolate = nullptr;
  Napi::Env env = nullptr;
  Napi::FunctionReference on_signal;
  Napi::ThreadSafeFunction loop;
  int signal = 0;
};

// The main thread's, for as long as its environment lives.
std::atomic<ExitSignalListener*> exit_signal_listener{nullptr};

void TellOfExitSignal() {
  ExitSignalListener* listener = exit_signal_listener.load();
  if (listener == nullptr || !ExitSignals::Begin()) return;
  Napi::HandleScope scope(listener->env);
  listener->on_signal.Call(
      {Napi::Number::New(listener->env, listener->signal)});
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
  listener->loop.NonBlockingCall(
      [](Napi::Env, Napi::Function) { TellOfExitSignal(); });
  // V8 asks that an interrupt not run JavaScript, since the interrupted code
  // may not expect changes. Node's inspector does it all the same, and here the
  // process ends instead of going back.
  listener->isolate->RequestInterrupt(
      [](v8::Isolate*, void*) { TellOfExitSignal(); }, nullptr);
}

// watchExitSignals(signals, onSignal): void — main thread only; `onSignal` of
// the first call counts.
Napi::Value JsWatchExitSignals(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (exit_signal_listener.load() == nullptr) {
    auto* listener = new ExitSignalListener;
    listener->isolate = DataOf(env)->isolate;
    listener->env = env;
    listener->on_signal = Napi::Persistent(info[1].As<Napi::Function>());
    listener->loop = Napi::ThreadSafeFunction::New(
        env, info[1].As<Napi::Function>(), "abtrace", 0, 1);
    listener->loop.Unref(env);
    exit_signal_listener.store(listener);
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
