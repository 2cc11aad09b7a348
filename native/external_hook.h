// Memory that native addons bring along: stands in for the functions of Node
// and V8 by which they hand it to JavaScript, and wraps the functions that
// free it. Knows nothing of stacks or sites: it calls an observer.
#ifndef ABTRACE_NATIVE_EXTERNAL_HOOK_H_
#define ABTRACE_NATIVE_EXTERNAL_HOOK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace abtrace {

// One block of external memory, as its observer sees it.
struct ExternalMemory {
  // Names the block while it lives, and is the address of no memory that the
  // program can have.
  const void* id;
  const void* data;  // Two blocks may describe the same memory.
  uint64_t size;     // Bytes, never 0.
  // Its name; null: not known. Good for ever.
  const std::string* addon;
};

// What the hook reports. Called on whatever thread an addon calls on; must not
// throw, block for long, or call JavaScript. Copies of abtrace call each
// other's (external_host.h): whoever changes this class counts
// kExternalHostVersion up.
class ExternalObserver {
 public:
  // After it has been handed over, on the thread that did. `store` goes when V8
  // lets the memory go, which may be long before it is given back; null: not
  // known.
  virtual void OnExternal(const ExternalMemory& memory,
                          const std::shared_ptr<const void>& store) = 0;
  // Before it is given back; any thread.
  virtual void OnExternalFree(const ExternalMemory& memory) = 0;
  // An addon tells V8 of `change` bytes more, or less. Any thread; may be in
  // the middle of a garbage collection.
  virtual void OnDeclared(const std::string* addon, int64_t change) = 0;

 protected:
  ~ExternalObserver() = default;
};

// False: this platform's libraries are laid out in a way that we do not know,
// and the functions below do nothing.
bool CanHookExternal();

// From now on `observer` is told. Any thread.
void HookExternal(ExternalObserver* observer);

// Once this returns nobody is inside the observer, nor ever will be. What it
// was told of is freed as ever, untold. Any thread, but not from inside an
// observer.
void UnhookExternal(ExternalObserver* observer);

// Looks for libraries that came in another way than through Node.
void RefreshExternalHook();

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_EXTERNAL_HOOK_H_
