// The addon's entry: what each environment that loads it (main thread, worker)
// gets, and what goes when it ends.
#include <napi.h>

#include <string>

#include "js/calls.h"
#include "tracer.h"

namespace abtrace {
namespace {

void OnEnvironmentExit(void* argument) {
  auto* data = static_cast<EnvironmentData*>(argument);
  Tracer::Get().Leave(data->isolate, data->member);
  data->member = {};
}

// Node loads addons of the Node-API whatever Node they were built for, but this
// one uses V8 directly: with another V8 it must be refused before its first
// call.
bool FitsThisV8(Napi::Env env) {
  const std::string built_for = std::to_string(V8_MAJOR_VERSION) + "." +
                                std::to_string(V8_MINOR_VERSION) + ".";
  const std::string runs = v8::V8::GetVersion();
  if (runs.starts_with(built_for)) return true;
  Napi::Error::New(env, "built for another Node: for V8 " + built_for +
                            "x, while this is V8 " + runs)
      .ThrowAsJavaScriptException();
  return false;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  if (!FitsThisV8(env)) return exports;
  auto* data = new EnvironmentData;
  data->isolate = v8::Isolate::GetCurrent();
  env.SetInstanceData(data);
  napi_add_env_cleanup_hook(env, OnEnvironmentExit, data);
  AddSessionCalls(exports);
  AddCauseCalls(exports);
  AddBufferCalls(exports);
  AddSlabCalls(exports);
  AddSnapshotCalls(exports);
  AddExitSignalCalls(exports);
  AddMemoryWatchCalls(exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace abtrace
