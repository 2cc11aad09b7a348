// A function of JavaScript's that any thread can have called soon.
#ifndef ABTRACE_NATIVE_JS_WAKER_H_
#define ABTRACE_NATIVE_JS_WAKER_H_

#include <napi.h>

#include "interrupt_scope.h"
#include "js/calls.h"

namespace abtrace {

class Waker {
 public:
  // Does not keep the event loop alive.
  Waker(Napi::Env env, const Napi::Function& function)
      : env_(env),
        isolate_(DataOf(env)->isolate),
        function_(Napi::Persistent(function)),
        loop_(Napi::ThreadSafeFunction::New(env, function, "abtrace", 0, 1)) {
    loop_.Unref(env);
  }

  // Any thread: `tell` runs on the environment's, through the event loop and by
  // interrupting what runs; so it is called twice, and decides which counts.
  // V8 asks that an interrupt not run JavaScript, since the interrupted code
  // may not expect changes. Node's inspector does it all the same; `tell` must
  // only read, write files, or end the process.
  template <void (*tell)()>
  void Wake() const {
    loop_.NonBlockingCall([](Napi::Env, Napi::Function) { tell(); });
    isolate_->RequestInterrupt(
        [](v8::Isolate*, void*) {
          const InterruptScope scope;
          tell();
        },
        nullptr);
  }

  // The environment's thread.
  void Call(int number) const {
    const Napi::HandleScope scope(env_);
    function_.Call({Napi::Number::New(env_, number)});
  }

  Napi::Env env() const { return env_; }
  v8::Isolate* isolate() const { return isolate_; }

 private:
  Napi::Env env_;
  v8::Isolate* isolate_;
  Napi::FunctionReference function_;
  Napi::ThreadSafeFunction loop_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_JS_WAKER_H_
