// Work asked for from other threads; see the header.
//
// Two ways lead into another isolate: an interrupt, which is served while it
// runs JavaScript, and a thread-safe function, which is served by its event
// loop. Both are tried; the first that is served does the work.
#include "remote_collector.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace abtrace {
namespace {

// One call of RunEverywhereElse.
struct Request {
  std::function<void(v8::Isolate*)> work;
  std::mutex mutex;
  std::condition_variable served;
  int open = 0;
};

// One isolate's part in it. Taken by its thread, or by the asking one when it
// has lost patience.
struct Job {
  std::shared_ptr<Request> request;
  std::atomic<bool> taken{false};
};
using JobHandle = std::shared_ptr<Job>;

struct Target {
  v8::Isolate* isolate;
  napi_threadsafe_function loop;
  // It asks and waits for others itself: nobody need wait for it.
  bool asking = false;
};

// Leaked on purpose: environments go after static destruction has begun.
std::mutex& TargetsMutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
std::vector<Target>& Targets() {
  static auto* targets = new std::vector<Target>;
  return *targets;
}

void Serve(v8::Isolate* isolate, JobHandle* handle) {
  const JobHandle job = *handle;
  delete handle;
  if (job->taken.exchange(true)) return;
  job->request->work(isolate);
  const std::lock_guard<std::mutex> lock(job->request->mutex);
  --job->request->open;
  job->request->served.notify_one();
}

void OnInterrupt(v8::Isolate* isolate, void* data) {
  Serve(isolate, static_cast<JobHandle*>(data));
}

void OnLoop(napi_env env, napi_value, void*, void* data) {
  auto* handle = static_cast<JobHandle*>(data);
  if (env == nullptr) {
    delete handle;  // The environment goes.
  } else {
    Serve(v8::Isolate::GetCurrent(), handle);
  }
}

void OnFinalized(napi_env, void* data, void*) {
  const std::lock_guard<std::mutex> lock(TargetsMutex());
  std::erase_if(Targets(), [data](const Target& target) {
    return target.isolate == data;
  });
}

}  // namespace

void OfferCollections(napi_env env, v8::Isolate* isolate) {
  {
    const std::lock_guard<std::mutex> lock(TargetsMutex());
    const auto& targets = Targets();
    if (std::any_of(targets.begin(), targets.end(),
                    [isolate](const Target& target) {
                      return target.isolate == isolate;
                    })) {
      return;
    }
  }
  napi_value name;
  napi_threadsafe_function loop;
  if (napi_create_string_utf8(env, "abtrace", NAPI_AUTO_LENGTH, &name) !=
          napi_ok ||
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1,
                                      isolate, OnFinalized, nullptr, OnLoop,
                                      &loop) != napi_ok) {
    return;
  }
  // It must not keep the event loop alive.
  napi_unref_threadsafe_function(env, loop);
  const std::lock_guard<std::mutex> lock(TargetsMutex());
  Targets().push_back({isolate, loop, false});
}

int CollectEverywhereElse(v8::Isolate* self,
                          std::chrono::milliseconds patience) {
  return RunEverywhereElse(
      self, patience,
      [](v8::Isolate* isolate) { isolate->LowMemoryNotification(); }, [] {});
}

int RunEverywhereElse(v8::Isolate* self, std::chrono::milliseconds patience,
                      std::function<void(v8::Isolate*)> work,
                      const std::function<void()>& meanwhile, Way way) {
  const auto request = std::make_shared<Request>();
  request->work = std::move(work);
  std::vector<JobHandle> jobs;
  {
    // A target cannot go while this lock is held.
    const std::lock_guard<std::mutex> lock(TargetsMutex());
    for (Target& target : Targets()) {
      if (target.isolate == self) target.asking = true;
      if (target.asking) continue;
      const JobHandle job = std::make_shared<Job>();
      job->request = request;
      auto* by_loop = new JobHandle(job);
      if (napi_call_threadsafe_function(target.loop, by_loop,
                                        napi_tsfn_nonblocking) != napi_ok) {
        delete by_loop;  // It is closing.
        continue;
      }
      {
        const std::lock_guard<std::mutex> request_lock(request->mutex);
        ++request->open;
      }
      if (way == Way::kAny)
        target.isolate->RequestInterrupt(OnInterrupt, new JobHandle(job));
      jobs.push_back(job);
    }
  }
  const auto give_up_at = std::chrono::steady_clock::now() + patience;
  meanwhile();
  int unanswered = 0;
  {
    std::unique_lock<std::mutex> lock(request->mutex);
    const auto all_served = [&request] { return request->open == 0; };
    if (!request->served.wait_until(lock, give_up_at, all_served)) {
      for (const JobHandle& job : jobs) {
        if (!job->taken.exchange(true)) ++unanswered;
      }
      request->open -= unanswered;
      request->served.wait(lock, all_served);
    }
  }
  const std::lock_guard<std::mutex> lock(TargetsMutex());
  for (Target& target : Targets()) {
    if (target.isolate == self) target.asking = false;
  }
  return unanswered;
}

}  // namespace abtrace
