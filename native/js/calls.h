// The functions that JavaScript calls, by what they serve. Nothing outside of
// this folder reads JavaScript's values or throws; what these functions do is a
// few lines over tracer.h. lib/native.ts gives them their types.
#ifndef ABTRACE_NATIVE_JS_CALLS_H_
#define ABTRACE_NATIVE_JS_CALLS_H_

#include <napi.h>

#include <initializer_list>
#include <utility>

#include "tracer.h"

namespace abtrace {

// One per environment (main thread, each worker): its part in the session,
// while there is one.
struct EnvironmentData {
  v8::Isolate* isolate = nullptr;
  Member member;
  Napi::Reference<Napi::Int32Array> shared;

  // The part in a session that still runs, or null.
  ThreadState* State() {
    if (member.session == nullptr) return nullptr;
    if (member.session->ended()) {
      member = {};
      return nullptr;
    }
    return member.state;
  }
};

inline EnvironmentData* DataOf(Napi::Env env) {
  return env.GetInstanceData<EnvironmentData>();
}

using Call = Napi::Value (*)(const Napi::CallbackInfo&);

inline void AddCalls(
    Napi::Object exports,
    std::initializer_list<std::pair<const char*, Call>> calls) {
  for (const auto& [name, call] : calls) {
    exports.Set(name, Napi::Function::New(exports.Env(), call, name));
  }
}

// Without what the Node-API puts around a call; its data is the
// EnvironmentData.
inline void AddPlainCall(Napi::Object exports, const char* name,
                         v8::FunctionCallback call) {
  EnvironmentData* data = DataOf(exports.Env());
  v8::Local<v8::Function> function;
  if (!v8::Function::New(data->isolate->GetCurrentContext(), call,
                         v8::External::New(data->isolate, data))
           .ToLocal(&function)) {
    return;
  }
  // A value of the Node-API is a handle of V8's (Node,
  // src/js_native_api_v8.h).
  exports.Set(name, Napi::Value(exports.Env(),
                                reinterpret_cast<napi_value>(*function)));
}

void AddSessionCalls(Napi::Object exports);
void AddCauseCalls(Napi::Object exports);
void AddBufferCalls(Napi::Object exports);
void AddSlabCalls(Napi::Object exports);
void AddSnapshotCalls(Napi::Object exports);
void AddExitSignalCalls(Napi::Object exports);
void AddMemoryWatchCalls(Napi::Object exports);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_JS_CALLS_H_
