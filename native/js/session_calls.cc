// What JavaScript calls to begin and end a session and to take part in it.
#include <utility>

#include "js/calls.h"
#include "js/values.h"
#include "newcomers.h"
#include "remote_collector.h"
#include "tracer.h"

namespace abtrace {
namespace {

SessionOptions OptionsOf(const Napi::Object& given) {
  SessionOptions options;
  options.threshold_bytes = static_cast<uint64_t>(
      PropertyOf(given, "thresholdBytes").As<Napi::Number>().Int64Value());
  options.sample_bytes = static_cast<uint64_t>(
      PropertyOf(given, "sampleBytes").As<Napi::Number>().Int64Value());
  options.stack_depth =
      PropertyOf(given, "stackDepth").As<Napi::Number>().Int32Value();
  options.causes = PropertyOf(given, "causes").As<Napi::Boolean>().Value();
  options.verify = PropertyOf(given, "verify").As<Napi::Boolean>().Value();
  options.rules.project_roots = StringsOf(PropertyOf(given, "projectRoots"));
  options.rules.user_globs = StringsOf(PropertyOf(given, "userGlobs"));
  options.rules.dependency_globs =
      StringsOf(PropertyOf(given, "dependencyGlobs"));
  const auto own = PropertyOf(given, "ownPrefixes").As<Napi::Array>();
  for (uint32_t i = 0; i < own.Length(); ++i) {
    const auto pair = PropertyOf(own, i).As<Napi::Array>();
    options.rules.own_prefixes.emplace_back(
        PropertyOf(pair, 0u).As<Napi::String>().Utf8Value(),
        static_cast<Origin>(
            PropertyOf(pair, 1u).As<Napi::Number>().Uint32Value()));
  }
  return options;
}

// start(options, description): boolean — false if a session is under way.
// `description` is text that any thread can ask for again.
Napi::Value JsStart(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  SessionOptions options = OptionsOf(given);
  // Not whole if the thread is being terminated: nothing can be read any more.
  if (given.Get("causes").IsEmpty())
    return Napi::Boolean::New(info.Env(), false);
  options.description = info[1].As<Napi::String>().Utf8Value();
  return Napi::Boolean::New(info.Env(),
                            Tracer::Get().Start(std::move(options)));
}

// stop(): boolean — false if there was no session.
Napi::Value JsStop(const Napi::CallbackInfo& info) {
  UnwatchNewcomers();
  return Napi::Boolean::New(info.Env(), Tracer::Get().Stop());
}

// watchNewcomers(script): void — until stop(), worker threads that allocate
// without having joined run `script`, the absolute path of a CommonJS file.
Napi::Value JsWatchNewcomers(const Napi::CallbackInfo& info) {
  WatchNewcomers(info[0].As<Napi::String>().Utf8Value());
  return info.Env().Undefined();
}

// description(): string | null — that of the session under way.
Napi::Value JsDescription(const Napi::CallbackInfo& info) {
  const std::optional<std::string> description = Tracer::Get().Description();
  if (!description) return info.Env().Null();
  return Napi::String::New(info.Env(), *description);
}

// isJoined(): boolean — whether this isolate takes part in a session that still
// runs.
Napi::Value JsIsJoined(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), DataOf(info.Env())->State() != nullptr);
}

// Finds out how to walk this thread's stack, from two calls out of JavaScript,
// one within the other; `call` calls what it is given. Whatever goes wrong, the
// walker is then not ready, and V8 is asked for stacks.
FrameWalker CalibratedWalker(v8::Isolate* isolate, const Napi::Function& call) {
  struct Calibration {
    FrameWalker walker;
    FrameWalker::Sighting outer;
  };
  Calibration calibration{FrameWalker(isolate), {}};
  calibration.outer = calibration.walker.Look();
  const auto probe = [](const Napi::CallbackInfo& info) {
    auto* seen = static_cast<Calibration*>(info.Data());
    seen->walker.Compare(seen->outer);
  };
  call.Call({Napi::Function::New(call.Env(), probe, "", &calibration)});
  return std::move(calibration.walker);
}

// join(threadId, name, shared, call): void — throws with code
// ABTRACE_UNSUPPORTED on an unknown runtime.
Napi::Value JsJoin(const Napi::CallbackInfo& info) {
  EnvironmentData* data = DataOf(info.Env());
  if (data->State() != nullptr) return info.Env().Undefined();
  auto shared = info[2].As<Napi::Int32Array>();
  std::string error;
  Member member = Tracer::Get().Join(
      data->isolate,
      CalibratedWalker(data->isolate, info[3].As<Napi::Function>()),
      info[0].As<Napi::Number>().Uint32Value(),
      info[1].As<Napi::String>().Utf8Value(), shared.Data(), &error);
  if (member.state == nullptr) {
    ThrowWithCode(info.Env(), "ABTRACE_UNSUPPORTED", error);
    return info.Env().Undefined();
  }
  data->member = std::move(member);
  data->shared = Napi::Persistent(shared);
  OfferCollections(info.Env(), data->isolate);
  return info.Env().Undefined();
}

// allocatorNetBytes(): number — bytes taken less bytes given back since this
// isolate joined.
Napi::Value JsAllocatorNetBytes(const Napi::CallbackInfo& info) {
  const ThreadState* state = DataOf(info.Env())->State();
  const ThreadTallies::Sums sums =
      state == nullptr ? ThreadTallies::Sums() : state->tallies.Sum();
  const int64_t net = sums.small_taken + sums.large_taken -
                      sums.small_given_back - sums.large_given_back;
  return Napi::Number::New(info.Env(), static_cast<double>(net));
}

// setBytesAtJoin(bytes): void — what the allocator had given out before this
// isolate joined.
Napi::Value JsSetBytesAtJoin(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->at_join.store(info[0].As<Napi::Number>().Int64Value());
  }
  return info.Env().Undefined();
}

// setOwnWork(on): void — while on, what this thread allocates is abtrace's own.
Napi::Value JsSetOwnWork(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->working_for_itself.store(info[0].As<Napi::Boolean>().Value());
  }
  return info.Env().Undefined();
}

// collectGarbage(patienceMs): number — full collections of this isolate and of
// all others that take part; their dead buffers are freed after it. How many
// threads did not answer in time.
Napi::Value JsCollectGarbage(const Napi::CallbackInfo& info) {
  v8::Isolate* isolate = DataOf(info.Env())->isolate;
  isolate->LowMemoryNotification();
  const std::chrono::milliseconds patience(
      info[0].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(info.Env(),
                           CollectEverywhereElse(isolate, patience));
}

// classify(scriptName, options): number — for tests: the origin that the rules
// give a script.
Napi::Value JsClassify(const Napi::CallbackInfo& info) {
  const SessionOptions options = OptionsOf(info[1].As<Napi::Object>());
  const Origin origin =
      options.rules.Classify(info[0].As<Napi::String>().Utf8Value());
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(origin));
}

}  // namespace

void AddSessionCalls(Napi::Object exports) {
  AddCalls(exports, {
                        {"start", JsStart},
                        {"stop", JsStop},
                        {"watchNewcomers", JsWatchNewcomers},
                        {"description", JsDescription},
                        {"isJoined", JsIsJoined},
                        {"join", JsJoin},
                        {"allocatorNetBytes", JsAllocatorNetBytes},
                        {"setBytesAtJoin", JsSetBytesAtJoin},
                        {"setOwnWork", JsSetOwnWork},
                        {"collectGarbage", JsCollectGarbage},
                        {"classify", JsClassify},
                    });
}

}  // namespace abtrace
