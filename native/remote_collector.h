// Lets one thread ask the isolates of all others for work that only they can
// do, and wait until it is done: full garbage collections, so that a dump
// counts only what is kept anywhere, and walks of their heaps.
#ifndef ABTRACE_NATIVE_REMOTE_COLLECTOR_H_
#define ABTRACE_NATIVE_REMOTE_COLLECTOR_H_

#include <napi.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "v8_compat.h"

namespace abtrace {

// From now on other threads may ask this environment. Only on its thread; goes
// by itself when the environment does.
void OfferCollections(napi_env env, v8::Isolate* isolate);

// Asks all environments but that of `self` and waits, at most `patience`.
// Returns how many have not answered by then: their threads are blocked. Any
// thread.
int CollectEverywhereElse(v8::Isolate* self,
                          std::chrono::milliseconds patience);

// How another thread may be reached: by an interrupt or its event loop, or by
// the latter alone, for work that may change what JavaScript holds on to.
enum class Way : uint8_t { kAny, kLoop };

// Has `work` done by all environments but that of `self`, each on its thread,
// while `meanwhile` runs on this one. Waits for those that have begun when
// `patience` is over; the others will not begin any more. Returns how many
// these are. Any thread.
int RunEverywhereElse(v8::Isolate* self, std::chrono::milliseconds patience,
                      std::function<void(v8::Isolate*)> work,
                      const std::function<void()>& meanwhile,
                      Way way = Way::kAny);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_REMOTE_COLLECTOR_H_
