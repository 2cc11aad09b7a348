// Puts a custom allocator in place of an isolate's own, by giving the allocator
// object a vtable whose allocating and freeing slots lead here. Knows nothing
// of stacks or sites: it calls an observer.
#ifndef ABTRACE_NATIVE_ALLOCATOR_HOOK_H_
#define ABTRACE_NATIVE_ALLOCATOR_HOOK_H_

#include <atomic>
#include <cstddef>
#include <string>

#include "core/hook_thread.h"
#include "v8_compat.h"

namespace abtrace {

struct HookedAllocator;

// What the hooks report. Called on whatever thread V8 allocates or frees on;
// must not throw, block for long, or call JavaScript.
class AllocationObserver {
 public:
  // `thread` is the one that calls.
  virtual void OnAllocate(HookedAllocator* hooked, HookThread* thread,
                          void* data, size_t length) = 0;
  // Before the memory is given back, so that its address cannot be in use again
  // yet.
  virtual void OnFree(HookedAllocator* hooked, HookThread* thread, void* data,
                      size_t length) = 0;

 protected:
  ~AllocationObserver() = default;
};

// One hooked allocator object. Lives for ever (frees may come from any thread,
// after any exit), but serves again when a later isolate's allocator stands at
// the same address, so that their number is bounded by that of the allocators
// alive at one time.
struct HookedAllocator {
  // Read by hooks on any thread; null: pass through.
  std::atomic<AllocationObserver*> observer{nullptr};
  // The observer's own: what it knows of the isolate. Set before `observer`.
  std::atomic<void*> owner_data{nullptr};
};

// Hooks the isolate's allocator. On a runtime whose allocator is not of a known
// class returns null and says why in `error`. Only on the isolate's thread.
HookedAllocator* HookAllocator(v8::Isolate* isolate,
                               AllocationObserver* observer, void* owner_data,
                               std::string* error);

// Once this returns no hook of `hooked` is inside the observer, nor ever will
// be. Puts the allocator's own vtable back, unless its isolate is gone or
// somebody hooked it after us. Any thread, but not from inside an observer.
void UnhookAllocator(HookedAllocator* hooked);

// The isolate is going: from now on the allocator object itself is not touched,
// as it goes when its last buffer does. Frees are still observed. Only on the
// isolate's thread.
void AbandonAllocator(HookedAllocator* hooked);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_ALLOCATOR_HOOK_H_
