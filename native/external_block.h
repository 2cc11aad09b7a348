// One block of external memory while it lives: what stands in the place of the
// addon's own free function, and the observers that are told of it.
#ifndef ABTRACE_NATIVE_EXTERNAL_BLOCK_H_
#define ABTRACE_NATIVE_EXTERNAL_BLOCK_H_

#include <v8.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "external_hook.h"
#include "node_headers.h"

namespace abtrace {

// Copies of abtrace in one process that trace at once; more find no place.
inline constexpr size_t kMaxObservers = 4;

// While one exists, the observers in force stay so. Any thread.
class ExternalObserverScope {
 public:
  // An observer, and what tells it apart from all that were or will be in its
  // place; `observer` is null where the place is empty.
  struct Place {
    ExternalObserver* observer = nullptr;
    uint64_t serial = 0;
  };

  ExternalObserverScope();
  ~ExternalObserverScope();
  ExternalObserverScope(const ExternalObserverScope&) = delete;
  ExternalObserverScope& operator=(const ExternalObserverScope&) = delete;

  const std::array<Place, kMaxObservers>& places() const { return places_; }

 private:
  bool entered_ = false;
  std::array<Place, kMaxObservers> places_;
};

// Whether anybody observes now; a guess, as that may change at once.
bool IsExternalObserved();
// False if there is no place left for another observer. One thread at a time.
bool AddExternalObserver(ExternalObserver* observer);
// Once this returns, no scope holds the observer. False if it was not in force.
// One thread at a time.
bool RemoveExternalObserver(ExternalObserver* observer);

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
  // Of the observers that know it, by their places; 0: none there.
  std::array<uint64_t, kMaxObservers> serials{};
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

  // It is handed over: tells the observers.
  void Record(const std::shared_ptr<const void>& store = nullptr) {
    {
      const ExternalObserverScope scope;
      for (size_t i = 0; i < kMaxObservers; ++i) {
        const auto& [observer, serial] = scope.places()[i];
        if (observer == nullptr) continue;
        serials[i] = serial;
        observer->OnExternal(memory(), store);
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
    for (size_t i = 0; i < kMaxObservers; ++i) {
      const auto& [observer, serial] = scope.places()[i];
      if (observer != nullptr && serial == serials[i])
        observer->OnExternalFree(memory());
    }
  }
};

// What is given to Node and V8 as free functions, with the block as hint: they
// tell the observers, free the block and call the addon's own.
void FinalizeNapi(napi_env env, void* data, void* hint);
void FinalizeNoEnv(void* data, void* hint);
void FinalizeBuffer(char* data, void* hint);
void FinalizeStore(void* data, size_t length, void* hint);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_EXTERNAL_BLOCK_H_
