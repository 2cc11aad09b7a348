// What JavaScript calls to learn what a session recorded, as columns of
// numbers.
#include <chrono>
#include <memory>
#include <vector>

#include "js/calls.h"
#include "js/retainers_columns.h"
#include "js/values.h"
#include "retainers.h"
#include "tracer.h"

namespace abtrace {
namespace {

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
         site.ages.count == 0 ? -1.0 : static_cast<double>(site.ages.median_ms),
         static_cast<double>(site.first_ms)});
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
         -1.0,  // The row of the site itself has it.
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

}  // namespace

void AddSnapshotCalls(Napi::Object exports) {
  AddCalls(exports, {
                        {"snapshot", JsSnapshot},
                        {"liveOfSites", JsLiveOfSites},
                        {"retainers", JsRetainers},
                    });
}

}  // namespace abtrace
