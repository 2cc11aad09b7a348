// One block of external memory while it lives: what stands in the place of the
// addon's own free function, and the observer that is told of it.
#ifndef ABTRACE_NATIVE_EXTERNAL_BLOCK_H_
#define ABTRACE_NATIVE_EXTERNAL_BLOCK_H_

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "external_hook.h"
#include "node_headers.h"

namespace abtrace {

// While one exists, the observer in force stays so. Any thread.
class ExternalObserverScope {
 public:
  ExternalObserverScope();
  ~ExternalObserverScope();
  ExternalObserverScope(const ExternalObserverScope&) = delete;
  ExternalObserverScope& operator=(const ExternalObserverScope&) = delete;

  // Null: nobody observes.
  ExternalObserver* observer() const { return observer_; }

 private:
  bool entered_ = false;
  ExternalObserver* observer_ = nullptr;
};

// Whether anybody observes now; a guess, as that may change at once.
bool IsExternalObserved();
// Puts `observer` in force, or nobody with null: then, once this returns, no
// scope holds another.
void SetExternalObserver(ExternalObserver* observer);

// Of Node's newer versions; the headers have it for experimental addons only.
using NoEnvFinalize = void (*)(void* data, void* hint);

// Made by the call that hands memory over; freed once, by whoever comes last of
// that call and the free function. Any thread.
struct ExternalBlock {
  enum State : uint8_t { kMade, kRecorded, kFinalized };

  union {
    napi_finalize napi;
    node::Buffer::FreeCallback buffer;
    v8::BackingStore::DeleterCallback store;
    NoEnvFinalize no_env;
  } finalize;
  void* hint;
  void* data;
  uint64_t size;
  const std::string* addon;
  // Of the observer that knows it; 0: none.
  uint64_t serial = 0;
  std::atomic<uint8_t> state{kMade};

  ExternalMemory memory() const { return {this, data, size, addon}; }

  // The memory goes. Returns what to call, with which hint.
  static ExternalBlock Release(void* hint) {
    auto* block = static_cast<ExternalBlock*>(hint);
    ExternalBlock released(*block);
    if (block->state.exchange(kFinalized) == kRecorded) {
      block->Forget();
      delete block;
    }
    return released;
  }

  // It is handed over: tells the observer.
  void Record(const std::shared_ptr<const void>& store = nullptr) {
    {
      const ExternalObserverScope scope;
      if (scope.observer() != nullptr) {
        serial = scope.observer()->serial();
        scope.observer()->OnExternal(memory(), store);
      }
    }
    if (state.exchange(kRecorded) == kFinalized) {
      Forget();
      delete this;
    }
  }

  // It was refused. `may_come`: its free function may be called all the same,
  // if it has not been.
  void Abandon(bool may_come) {
    const uint8_t before = state.exchange(kRecorded);
    if (before == kFinalized || !may_come) delete this;
  }

  ExternalBlock(void* data, uint64_t size, const std::string* addon)
      : finalize{nullptr},
        hint(nullptr),
        data(data),
        size(size),
        addon(addon) {}

 private:
  ExternalBlock(const ExternalBlock& other)
      : finalize(other.finalize),
        hint(other.hint),
        data(other.data),
        size(other.size),
        addon(other.addon) {}

  void Forget() const {
    const ExternalObserverScope scope;
    if (scope.observer() != nullptr && scope.observer()->serial() == serial)
      scope.observer()->OnExternalFree(memory());
  }
};

// What is given to Node and V8 as free functions, with the block as hint: they
// tell the observer, free the block and call the addon's own.
void FinalizeNapi(napi_env env, void* data, void* hint);
void FinalizeNoEnv(void* data, void* hint);
void FinalizeBuffer(char* data, void* hint);
void FinalizeStore(void* data, size_t length, void* hint);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_EXTERNAL_BLOCK_H_
