// Lets one thread ask the isolates of all others for a full garbage collection
// and wait until it is done, so that a dump counts only what is kept anywhere.
#ifndef ABTRACE_NATIVE_REMOTE_COLLECTOR_H_
#define ABTRACE_NATIVE_REMOTE_COLLECTOR_H_

#include <napi.h>

#include <chrono>
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

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_REMOTE_COLLECTOR_H_
