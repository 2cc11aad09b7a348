// What JavaScript calls. The only file that reads JavaScript values or throws;
// everything it does is a few lines over tracer.h. lib/native.ts gives these
// functions their types.
// Past 400 lines because nothing of it may stand elsewhere; each function is
// short and stands alone.
#include <napi.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "exit_signals.h"
#include "memory_watch.h"
#include "newcomers.h"
#include "remote_collector.h"
#include "retainers.h"
#include "retainers_columns.h"
#include "tracer.h"

namespace abtrace {
namespace {

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

EnvironmentData* DataOf(Napi::Env env) {
  return env.GetInstanceData<EnvironmentData>();
}

void OnEnvironmentExit(void* argument) {
  auto* data = static_cast<EnvironmentData*>(argument);
  Tracer::Get().Leave(data->isolate, data->member);
  data->member = {};
}

void ThrowWithCode(Napi::Env env, const char* code,
                   const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

// Undefined where nothing can be read because the thread is being terminated:
// another thread may decide that at any moment, and an empty value must not be
// used.
template <typename Key>
Napi::Value PropertyOf(const Napi::Object& object, Key key) {
  const Napi::Value value = object.Get(key);
  return value.IsEmpty() ? object.Env().Undefined() : value;
}

std::vector<std::string> StringsOf(const Napi::Value& value) {
  std::vector<std::string> strings;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    strings.push_back(PropertyOf(array, i).As<Napi::String>().Utf8Value());
  }
  return strings;
}

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
  const int64_t net =
      state == nullptr
          ? 0
          : state->small_taken.load() + state->large_taken.load() -
                state->small_given_back.load() - state->large_given_back.load();
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

// captureContext(): number — the context for an asynchronous resource made now;
// -1 when the session has ended. Called for each promise, and so without what
// the Node-API puts around a call.
void JsCaptureContext(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto* data =
      static_cast<EnvironmentData*>(info.Data().As<v8::External>()->Value());
  ThreadState* state = data->State();
  info.GetReturnValue().Set(
      state == nullptr ? int32_t{-1}
                       : static_cast<int32_t>(state->CaptureContext()));
}

// The store of an ArrayBuffer or SharedArrayBuffer; null for anything else.
std::shared_ptr<v8::BackingStore> StoreOf(const Napi::Value& value) {
  const napi_value plain = value;
  const auto local = *reinterpret_cast<const v8::Local<v8::Value>*>(&plain);
  if (local->IsArrayBuffer())
    return local.As<v8::ArrayBuffer>()->GetBackingStore();
  if (local->IsSharedArrayBuffer())
    return local.As<v8::SharedArrayBuffer>()->GetBackingStore();
  return nullptr;
}

// notePages(buffer, kind, context): void — the memory of the buffer, which did
// not pass the allocator, was made or changed its size now; in this context, or
// the one that runs now if that is negative.
Napi::Value JsNotePages(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  const std::shared_ptr<v8::BackingStore> store = StoreOf(info[0]);
  if (state == nullptr || store == nullptr) return info.Env().Undefined();
  const int64_t context = info[2].As<Napi::Number>().Int64Value();
  state->NotePages(
      store, static_cast<Kind>(info[1].As<Napi::Number>().Uint32Value()),
      context < 0 ? std::nullopt
                  : std::optional<ContextId>(static_cast<ContextId>(context)));
  return info.Env().Undefined();
}

// noteShared(buffer): void — a SharedArrayBuffer that passed the allocator.
Napi::Value JsNoteShared(const Napi::CallbackInfo& info) {
  EnvironmentData* data = DataOf(info.Env());
  const std::shared_ptr<v8::BackingStore> store = StoreOf(info[0]);
  if (data->State() != nullptr && store != nullptr && store->Data() != nullptr)
    data->member.session->SetKind(store->Data(), Kind::kShared);
  return info.Env().Undefined();
}

#if ABTRACE_VISITS_EXTERNAL_STRINGS
class StringSizes : public v8::ExternalResourceVisitor {
 public:
  void VisitExternalString(v8::Local<v8::String> string) override {
    const auto length = static_cast<uint64_t>(string->Length());
    bytes += string->IsExternalOneByte() ? length : length * 2;
  }

  uint64_t bytes = 0;
};
#endif

// externalStringBytes(): number — size of the strings of this isolate whose
// characters lie outside of its heap; -1 if V8 does not say.
Napi::Value JsExternalStringBytes(const Napi::CallbackInfo& info) {
#if ABTRACE_VISITS_EXTERNAL_STRINGS
  StringSizes sizes;
  DataOf(info.Env())->isolate->VisitExternalResources(&sizes);
  return Napi::Number::New(info.Env(), static_cast<double>(sizes.bytes));
#else
  return Napi::Number::New(info.Env(), -1);
#endif
}

Napi::Value ToFloat64Array(Napi::Env env, const std::vector<double>& numbers) {
  auto array = Napi::Float64Array::New(env, numbers.size());
  if (array.IsEmpty()) return array;  // The thread is being terminated.
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

// liveOfSites(): Float64Array — live bytes and live count of each site, in the
// order of the snapshot's.
Napi::Value JsLiveOfSites(const Napi::CallbackInfo& info) {
  EnvironmentData* data = DataOf(info.Env());
  std::vector<double> numbers;
  if (data->State() != nullptr) {
    Session& session = *data->member.session;
    session.page_stores().Settle(session.ElapsedMs());
    session.SettleExternals();
    session.sites().ForEach([&numbers](const Site& site) {
      numbers.push_back(static_cast<double>(site.live_bytes()));
      numbers.push_back(static_cast<double>(site.live_count()));
    });
  }
  return ToFloat64Array(info.Env(), numbers);
}

// ownContext(): number — the context of abtrace's own work.
Napi::Value JsOwnContext(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  return Napi::Number::New(info.Env(),
                           state == nullptr ? 0 : state->OwnContext());
}

// labelOf(context): string — "" for none.
Napi::Value JsLabelOf(const Napi::CallbackInfo& info) {
  const ThreadState* state = DataOf(info.Env())->State();
  return Napi::String::New(
      info.Env(),
      state == nullptr
          ? ""
          : state->LabelOf(info[0].As<Napi::Number>().Uint32Value()));
}

// labelledContext(context, label): number — the same cause under another label
// ("" for none).
Napi::Value JsLabelledContext(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  if (state == nullptr) return Napi::Number::New(info.Env(), 0);
  return Napi::Number::New(
      info.Env(),
      state->LabelledContext(info[0].As<Napi::Number>().Uint32Value(),
                             info[1].As<Napi::String>().Utf8Value()));
}

// settlePending(context, callback, bytesRead): void — allocations made without
// JavaScript belong to this context.
Napi::Value JsSettlePending(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->SettlePending(
        info[0].As<Napi::Number>().Uint32Value(),
        static_cast<Callback>(info[1].As<Napi::Number>().Uint32Value()),
        info[2].As<Napi::Number>().Uint32Value());
  }
  return info.Env().Undefined();
}

// claimTab(tab, context, close): void — what is on the tab belongs to this
// context.
Napi::Value JsClaimTab(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->ClaimTab(info[0].As<Napi::Number>().Int32Value(),
                    info[1].As<Napi::Number>().Uint32Value(),
                    info[2].As<Napi::Boolean>().Value());
  }
  return info.Env().Undefined();
}

// claimSharedTab(tab, context): boolean — the same once two contexts have
// claimed; true from then on.
Napi::Value JsClaimSharedTab(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  const bool shared =
      state != nullptr &&
      state->ClaimSharedTab(info[0].As<Napi::Number>().Int32Value(),
                            info[1].As<Napi::Number>().Uint32Value());
  return Napi::Boolean::New(info.Env(), shared);
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

template <typename Numbers>
Napi::Value ToUint32Array(Napi::Env env, const Numbers& numbers) {
  auto array = Napi::Uint32Array::New(env, numbers.size());
  if (array.IsEmpty()) return array;  // The thread is being terminated.
  for (size_t i = 0; i < numbers.size(); ++i)
    array[i] = static_cast<uint32_t>(numbers[i]);
  return array;
}

Napi::Value FramesToJs(Napi::Env env, const std::vector<Frame>& frames) {
  std::vector<uint32_t> numbers;
  numbers.reserve(frames.size() * 5);
  for (const Frame& frame : frames) {
    numbers.insert(numbers.end(),
                   {frame.function, frame.script, frame.line, frame.column,
                    static_cast<uint32_t>(frame.origin)});
  }
  return ToUint32Array(env, numbers);
}

// The order is the one of `kSiteColumns` in lib/native.ts.
Napi::Value SitesToJs(Napi::Env env,
                      const std::vector<SessionSnapshot::SiteRow>& sites) {
  std::vector<double> numbers;
  for (const SessionSnapshot::SiteRow& site : sites) {
    numbers.insert(
        numbers.end(),
        {static_cast<double>(site.key.kind),
         static_cast<double>(site.key.thread),
         static_cast<double>(site.key.own),
         static_cast<double>(site.key.past_allocator),
         static_cast<double>(site.key.stack),
         static_cast<double>(site.key.cause),
         static_cast<double>(site.key.label),
         static_cast<double>(site.key.addon),
         static_cast<double>(site.live_bytes),
         static_cast<double>(site.live_count),
         static_cast<double>(site.total_bytes),
         static_cast<double>(site.total_count),
         static_cast<double>(site.peak_bytes),
         static_cast<double>(site.peak_count),
         site.ages.count == 0 ? -1.0 : static_cast<double>(site.ages.oldest_ms),
         site.ages.count == 0 ? -1.0
                              : static_cast<double>(site.ages.median_ms)});
  }
  return ToFloat64Array(env, numbers);
}

// For each site the number of its buckets, up to the last that is not empty,
// and then their counts.
template <typename Row>
Napi::Value AgesToJs(Napi::Env env, const std::vector<Row>& sites) {
  std::vector<uint32_t> numbers;
  for (const Row& site : sites) {
    const auto& histogram = site.ages.histogram;
    size_t used = histogram.size();
    while (used > 0 && histogram[used - 1] == 0) --used;
    numbers.push_back(static_cast<uint32_t>(used));
    numbers.insert(numbers.end(), histogram.begin(), histogram.begin() + used);
  }
  return ToUint32Array(env, numbers);
}

// The order is the one of `kSampledSiteColumns` in lib/native.ts.
Napi::Value SampledSitesToJs(
    Napi::Env env, const std::vector<SessionSnapshot::SampledSiteRow>& sites) {
  std::vector<double> numbers;
  for (const auto& [key, row, ages] : sites) {
    numbers.insert(
        numbers.end(),
        {static_cast<double>(key.kind),
         static_cast<double>(key.thread),
         static_cast<double>(key.own),
         static_cast<double>(key.past_allocator),
         static_cast<double>(key.stack),
         static_cast<double>(key.cause),
         static_cast<double>(key.label),
         static_cast<double>(key.addon),
         row.live_bytes,
         row.live_count,
         row.total_bytes,
         row.total_count,
         row.peak_bytes,
         row.peak_count,
         ages.count == 0 ? -1.0 : static_cast<double>(ages.oldest_ms),
         ages.count == 0 ? -1.0 : static_cast<double>(ages.median_ms),
         static_cast<double>(row.live_samples),
         static_cast<double>(row.total_samples),
         row.live_bytes_error,
         row.live_count_error,
         row.total_bytes_error,
         row.total_count_error});
  }
  return ToFloat64Array(env, numbers);
}

// The order is the one of `kDeclaredColumns` in lib/native.ts.
Napi::Value DeclaredToJs(Napi::Env env,
                         const std::vector<DeclaredTable::Row>& rows) {
  std::vector<double> numbers;
  for (const DeclaredTable::Row& row : rows) {
    numbers.insert(
        numbers.end(),
        {static_cast<double>(row.key.thread),
         static_cast<double>(row.key.stack), static_cast<double>(row.key.cause),
         static_cast<double>(row.key.label), static_cast<double>(row.key.addon),
         static_cast<double>(row.increased_bytes),
         static_cast<double>(row.decreased_bytes),
         static_cast<double>(row.calls)});
  }
  return ToFloat64Array(env, numbers);
}

Napi::Value ThreadsToJs(
    Napi::Env env, const std::vector<SessionSnapshot::ThreadRow>& threads) {
  auto array = Napi::Array::New(env, threads.size());
  for (size_t i = 0; i < threads.size(); ++i) {
    const SessionSnapshot::ThreadRow& thread = threads[i];
    auto row = Napi::Object::New(env);
    row.Set("id", thread.id);
    row.Set("name", thread.name);
    row.Set("alive", thread.alive);
    row.Set("atJoinBytes", static_cast<double>(thread.at_join));
    row.Set("takenBytes", static_cast<double>(thread.taken));
    row.Set("givenBackBytes", static_cast<double>(thread.given_back));
    row.Set("belowThresholdBytes", static_cast<double>(thread.small_net));
    row.Set("unknownGivenBackBytes",
            static_cast<double>(thread.unknown_given_back));
    row.Set("externalResizableBytes",
            static_cast<double>(thread.external.resizable_bytes));
    row.Set("externalWasmBytes",
            static_cast<double>(thread.external.wasm_bytes));
    array.Set(static_cast<uint32_t>(i), row);
  }
  return array;
}

// snapshot(): NativeSnapshot | null — null without a session.
Napi::Value JsSnapshot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::unique_ptr<SessionSnapshot> snapshot = Tracer::Get().Snapshot();
  if (snapshot == nullptr) return env.Null();
  auto strings = Napi::Array::New(env, snapshot->symbols.strings.size());
  for (size_t i = 0; i < snapshot->symbols.strings.size(); ++i) {
    strings.Set(static_cast<uint32_t>(i), snapshot->symbols.strings[i]);
  }
  auto drops = Napi::Array::New(env, snapshot->drops.size());
  for (size_t i = 0; i < snapshot->drops.size(); ++i) {
    drops.Set(static_cast<uint32_t>(i),
              static_cast<double>(snapshot->drops[i]));
  }
  auto result = Napi::Object::New(env);
  result.Set("elapsedMs", snapshot->elapsed_ms);
  result.Set("strings", strings);
  result.Set("frames", FramesToJs(env, snapshot->symbols.frames));
  result.Set("stackFrames", ToUint32Array(env, snapshot->symbols.stack_frames));
  result.Set("stackOffsets",
             ToUint32Array(env, snapshot->symbols.stack_offsets));
  result.Set("sites", SitesToJs(env, snapshot->sites));
  result.Set("ages", AgesToJs(env, snapshot->sites));
  result.Set("sampledSites", SampledSitesToJs(env, snapshot->sampled_sites));
  result.Set("sampledAges", AgesToJs(env, snapshot->sampled_sites));
  result.Set("threads", ThreadsToJs(env, snapshot->threads));
  result.Set("declared", DeclaredToJs(env, snapshot->declared));
  result.Set("externalSites", CanHookExternal());
  result.Set("smallExternalBytes",
             static_cast<double>(snapshot->small_external));
  result.Set("drops", drops);
  result.Set("cacheMismatches",
             static_cast<double>(snapshot->cache_mismatches));
  result.Set("tableBytes", static_cast<double>(snapshot->own_bytes));
  return result;
}

// retainers(patienceMs): NativeRetainers | null — walks the heaps of this
// thread and of all others that take part. Null without a session.
Napi::Value JsRetainers(const Napi::CallbackInfo& info) {
  const std::chrono::milliseconds patience(
      info[0].As<Napi::Number>().Uint32Value());
  const std::unique_ptr<Retainers> retainers =
      FindRetainers(DataOf(info.Env())->isolate, patience);
  if (retainers == nullptr) return info.Env().Null();
  return RetainersToJs(info.Env(), *retainers);
}

// classify(scriptName, options): number — for tests: the origin that the rules
// give a script.
Napi::Value JsClassify(const Napi::CallbackInfo& info) {
  const SessionOptions options = OptionsOf(info[1].As<Napi::Object>());
  const Origin origin =
      options.rules.Classify(info[0].As<Napi::String>().Utf8Value());
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(origin));
}

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

// Tells JavaScript that memory gets short: through the event loop, or by
// interrupting what runs, whichever comes first.
struct MemoryListener {
  v8::Isolate* isolate = nullptr;
  Napi::Env env = nullptr;
  Napi::FunctionReference on_wake;
  Napi::ThreadSafeFunction loop;
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
  Napi::HandleScope scope(listener->env);
  listener->on_wake.Call({Napi::Number::New(listener->env, reasons)});
  // Whoever is interrupted must not get an error that is none of theirs.
  if (listener->env.IsExceptionPending())
    listener->env.GetAndClearPendingException();
}

// Any thread while the listener lives: the watch has ended before it goes.
void WakeForMemory(int reason) {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr) return;
  if (listener->reasons.fetch_or(reason) != 0) return;
  listener->loop.NonBlockingCall(
      [](Napi::Env, Napi::Function) { TellOfMemory(); });
  // As a debugger would; what runs then only reads, and writes a file.
  listener->isolate->RequestInterrupt(
      [](v8::Isolate*, void*) { TellOfMemory(); }, nullptr);
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
    auto* listener = new MemoryListener;
    listener->isolate = DataOf(env)->isolate;
    listener->env = env;
    listener->on_wake = Napi::Persistent(info[3].As<Napi::Function>());
    listener->loop = Napi::ThreadSafeFunction::New(
        env, info[3].As<Napi::Function>(), "abtrace", 0, 1);
    listener->loop.Unref(env);
    memory_listener.store(listener);
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
  listener->isolate->AddNearHeapLimitCallback(OnNearHeapLimit, nullptr);
  return info.Env().Undefined();
}

// unwatchHeapLimit(): void — and the limit is what it was, as far as the heap
// has not outgrown it.
Napi::Value JsUnwatchHeapLimit(const Napi::CallbackInfo& info) {
  MemoryListener* listener = memory_listener.load();
  if (listener == nullptr || !listener->watches_heap)
    return info.Env().Undefined();
  listener->watches_heap = false;
  listener->isolate->RemoveNearHeapLimitCallback(OnNearHeapLimit,
                                                 listener->former_limit_bytes);
  return info.Env().Undefined();
}

// unwatchMemory(): void — nothing wakes any more.
Napi::Value JsUnwatchMemory(const Napi::CallbackInfo& info) {
  MemoryWatch::Stop();
  return JsUnwatchHeapLimit(info);
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
  const std::pair<const char*, Napi::Value (*)(const Napi::CallbackInfo&)>
      functions[] = {
          {"start", JsStart},
          {"stop", JsStop},
          {"watchNewcomers", JsWatchNewcomers},
          {"description", JsDescription},
          {"isJoined", JsIsJoined},
          {"join", JsJoin},
          {"allocatorNetBytes", JsAllocatorNetBytes},
          {"setBytesAtJoin", JsSetBytesAtJoin},
          {"setOwnWork", JsSetOwnWork},
          {"ownContext", JsOwnContext},
          {"labelOf", JsLabelOf},
          {"labelledContext", JsLabelledContext},
          {"settlePending", JsSettlePending},
          {"claimTab", JsClaimTab},
          {"claimSharedTab", JsClaimSharedTab},
          {"notePages", JsNotePages},
          {"noteShared", JsNoteShared},
          {"externalStringBytes", JsExternalStringBytes},
          {"liveOfSites", JsLiveOfSites},
          {"collectGarbage", JsCollectGarbage},
          {"snapshot", JsSnapshot},
          {"retainers", JsRetainers},
          {"classify", JsClassify},
          {"watchExitSignals", JsWatchExitSignals},
          {"unwatchExitSignals", JsUnwatchExitSignals},
          {"watchMemory", JsWatchMemory},
          {"memoryBeat", JsMemoryBeat},
          {"unwatchMemory", JsUnwatchMemory},
          {"watchHeapLimit", JsWatchHeapLimit},
          {"unwatchHeapLimit", JsUnwatchHeapLimit},
      };
  for (const auto& [name, function] : functions) {
    exports.Set(name, Napi::Function::New(env, function, name));
  }
  v8::Local<v8::Function> capture_context;
  if (v8::Function::New(data->isolate->GetCurrentContext(), JsCaptureContext,
                        v8::External::New(data->isolate, data))
          .ToLocal(&capture_context)) {
    // A value of the Node-API is a handle of V8's (Node,
    // src/js_native_api_v8.h).
    exports.Set(
        "captureContext",
        Napi::Value(env, reinterpret_cast<napi_value>(*capture_context)));
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace abtrace
