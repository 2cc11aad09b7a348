// The vtable surgery; see the header.
//
//   allocator object     a copy of its vtable: made once, never changed, never
//   freed ┌──────────┐
//   ┌──────────┬────────┬───────┬───────┬───────────────┬──────┬──────────┬──
//   │ vptr ────┼───┐     │ original │ hooked │ owner │ magic │ offset-to-top │
//   rtti │ ~ │ ~ │ … hooks │ fields … │   │
//   └────┼─────┴────────┴───────┴───────┴───────────────┴──────┴▲─────────┴──
//   └──────────┘
//   └──────────┼────────────────────────────────────────────────────── ┘
//                             └──► the vtable that was there before: Node's, or
//                             another copy of ours
//
// A hook finds what belongs to it through the object's vptr, without a look-up
// or a lock, unless the vptr has just been put back. `owner` tells apart two
// copies of abtrace in one process: each follows `original` down to its own.
#include "allocator_hook.h"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "allocator_slots.h"
#include "newcomers.h"

#ifndef _WIN32
#include <dlfcn.h>
#ifdef __linux__
#include <link.h>
#endif
#endif

namespace abtrace {
namespace {

using Allocator = v8::ArrayBuffer::Allocator;
using AllocateFunction = void* (*)(Allocator*, size_t);
using FreeFunction = void (*)(Allocator*, void*, size_t);
using ReallocateFunction = void* (*)(Allocator*, void*, size_t, size_t);

constexpr uintptr_t kMagic =
    0xab7ace01;  // The last digits count layouts of the copy.
// Every vtable is preceded by two words (Itanium C++ ABI, 2.5.2); our copy by
// four more.
constexpr ptrdiff_t kPreludeWords = 2;
constexpr ptrdiff_t kOwnWords = 4;
constexpr ptrdiff_t kMagicAt = -kPreludeWords - 1;
constexpr ptrdiff_t kOwnerAt = -kPreludeWords - 2;
constexpr ptrdiff_t kHookedAt = -kPreludeWords - 3;
constexpr ptrdiff_t kOriginalAt = -kPreludeWords - 4;
// Where the size of a dynamic symbol cannot be asked for (macOS): that of the
// largest known class.
[[maybe_unused]] constexpr size_t kMostSlots = 10;

// --- The hooks. ---

struct Hooked final : HookedAllocator {
  Allocator* allocator = nullptr;
  Word* original_vtable = nullptr;
  std::vector<Word> copy;
  bool isolate_alive = true;  // Guarded by RegistryMutex.
  AllocateFunction allocate = nullptr;
  AllocateFunction uninitialized = nullptr;
  FreeFunction free = nullptr;
  ReallocateFunction reallocate = nullptr;

  Word* vtable() { return copy.data() + kOwnWords + kPreludeWords; }
};

// Its address is unlike that of any other copy of abtrace.
const char owner_mark = 0;

// The vtables of the known classes, at which every chain of copies ends. Set
// before the first hook is; null for none.
constexpr size_t kMostClasses = 2;
Word* class_vtables[kMostClasses] = {};

// What belongs to this copy of abtrace, from any vtable of the chain that
// begins at `vtable`: copies, down to a class's. Null if ours is not among
// them.
Hooked* FindInChain(Word* vtable) {
  while (vtable != class_vtables[0] && vtable != class_vtables[1]) {
    if (vtable[kOwnerAt] == &owner_mark)
      return static_cast<Hooked*>(vtable[kHookedAt]);
    vtable = static_cast<Word*>(vtable[kOriginalAt]);
  }
  return nullptr;
}

Hooked* FindUnhooked(Allocator* self);

Hooked* HookedOf(Allocator* self) {
  Hooked* hooked = FindInChain(VtableOf(self));
  return hooked != nullptr ? hooked : FindUnhooked(self);
}

// Inside of the observer, if there is one to tell: while Reallocate of the
// original class runs, there is not, for it may or may not call the virtual
// functions.
class ObserverScope {
 public:
  explicit ObserverScope(HookedAllocator* hooked) {
    if (hooked->observer.load(std::memory_order_relaxed) == nullptr) return;
    HookThread* thread = HookThread::Current();
    if (thread == nullptr || thread->in_reallocate) return;
    thread->Enter();
    thread_ = thread;
    observer_ = hooked->observer.load();
  }
  ~ObserverScope() {
    if (thread_ != nullptr) thread_->Leave();
  }
  ObserverScope(const ObserverScope&) = delete;
  ObserverScope& operator=(const ObserverScope&) = delete;

  AllocationObserver* observer() const { return observer_; }
  HookThread* thread() const { return thread_; }

 private:
  HookThread* thread_ = nullptr;
  AllocationObserver* observer_ = nullptr;
};

template <AllocateFunction Hooked::*kOriginal>
void* HookAllocate(Allocator* self, size_t length) {
  Hooked* hooked = HookedOf(self);
  void* data = (hooked->*kOriginal)(self, length);
  if (data == nullptr) return data;  // V8 collects garbage and asks again.
  const ObserverScope scope(hooked);
  if (scope.observer() != nullptr)
    scope.observer()->OnAllocate(hooked, scope.thread(), data, length);
  return data;
}

void HookFree(Allocator* self, void* data, size_t length) {
  Hooked* hooked = HookedOf(self);
  if (data != nullptr) {
    const ObserverScope scope(hooked);
    if (scope.observer() != nullptr)
      scope.observer()->OnFree(hooked, scope.thread(), data, length);
  }
  hooked->free(self, data, length);
}

#if ABTRACE_HAS_REALLOCATE
void* HookReallocate(Allocator* self, void* data, size_t old_length,
                     size_t length) {
  Hooked* hooked = HookedOf(self);
  const ObserverScope scope(hooked);
  AllocationObserver* observer = scope.observer();
  if (observer == nullptr)
    return hooked->reallocate(self, data, old_length, length);
  HookThread* thread = scope.thread();
  // Forget the old block first: once it is freed inside, another thread may get
  // its address.
  if (data != nullptr) observer->OnFree(hooked, thread, data, old_length);
  thread->in_reallocate = true;
  void* moved = hooked->reallocate(self, data, old_length, length);
  thread->in_reallocate = false;
  if (moved != nullptr) {
    observer->OnAllocate(hooked, thread, moved, length);
  } else if (data != nullptr && length != 0) {
    // It failed: the old block stays.
    observer->OnAllocate(hooked, thread, data, old_length);
  }
  return moved;
}
#endif

// --- Which classes we know. ---

struct KnownClass {
  Word* vtable;
  size_t slots;
};

std::vector<KnownClass> FindKnownClasses() {
  std::vector<KnownClass> known;
#ifndef _WIN32
  for (const char* symbol : {"_ZTVN4node24NodeArrayBufferAllocatorE",
                             "_ZTVN4node29DebuggingArrayBufferAllocatorE"}) {
    void* address = dlsym(RTLD_DEFAULT, symbol);
    if (address == nullptr) continue;
    size_t slots = kMostSlots;
#ifdef __linux__
    Dl_info info;
    ElfW(Sym)* entry = nullptr;
    if (dladdr1(address, &info, reinterpret_cast<void**>(&entry),
                RTLD_DL_SYMENT) == 0 ||
        entry == nullptr || entry->st_size / sizeof(Word) < kPreludeWords + 6) {
      continue;
    }
    slots = entry->st_size / sizeof(Word) - kPreludeWords;
#endif
    known.push_back({static_cast<Word*>(address) + kPreludeWords, slots});
  }
#endif
  return known;
}

bool IsCopy(Word* vtable) {
#ifndef _WIN32
  // A vtable that a library holds is no copy of ours, and the words before it
  // are not ours to read.
  Dl_info info;
  if (dladdr(vtable, &info) != 0) return false;
#endif
  return reinterpret_cast<uintptr_t>(vtable[kMagicAt]) == kMagic;
}

// How many slots the vtable has; 0 if neither it nor what it was copied from is
// of a known class.
size_t SlotCountOf(Word* vtable) {
  static const std::vector<KnownClass> known = [] {
    std::vector<KnownClass> found = FindKnownClasses();
    for (size_t i = 0; i < found.size(); ++i)
      class_vtables[i] = found[i].vtable;
    return found;
  }();
  for (;;) {
    for (const KnownClass& candidate : known) {
      if (vtable == candidate.vtable) return candidate.slots;
    }
    if (known.empty() || !IsCopy(vtable)) return 0;
    vtable = static_cast<Word*>(vtable[kOriginalAt]);
  }
}

// This copy's hook in the chain that begins at `vtable`, or null.
Hooked* FindInstalled(Word* vtable) {
  for (; IsCopy(vtable); vtable = static_cast<Word*>(vtable[kOriginalAt])) {
    if (vtable[kOwnerAt] == &owner_mark)
      return static_cast<Hooked*>(vtable[kHookedAt]);
  }
  return nullptr;
}

// Everything ever hooked, by object and by what was found there. Leaked on
// purpose: hooks still run while the process destroys its statics.
std::mutex& RegistryMutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
using RegistryKey = std::pair<Allocator*, Word*>;
std::map<RegistryKey, Hooked*>& Registry() {
  static auto* registry = new std::map<RegistryKey, Hooked*>;
  return *registry;
}

// For a call that came in through our vtable just before another thread put the
// former one back.
Hooked* FindUnhooked(Allocator* self) {
  const std::lock_guard<std::mutex> lock(RegistryMutex());
  const auto exact = Registry().find({self, VtableOf(self)});
  if (exact != Registry().end()) return exact->second;
  const auto any = Registry().lower_bound({self, nullptr});
  return any->second;
}

Hooked* MakeHooked(Allocator* allocator, Word* vtable, size_t slot_count) {
  const AllocatorSlots& slots = GetAllocatorSlots();
  auto* hooked = new Hooked;
  hooked->allocator = allocator;
  hooked->original_vtable = vtable;
  hooked->allocate =
      reinterpret_cast<AllocateFunction>(BehindWatch(vtable[slots.allocate]));
  hooked->uninitialized = reinterpret_cast<AllocateFunction>(
      BehindWatch(vtable[slots.uninitialized]));
  hooked->free = reinterpret_cast<FreeFunction>(vtable[slots.free]);
  hooked->copy.assign(kOwnWords, nullptr);
  hooked->copy.insert(hooked->copy.end(), vtable - kPreludeWords,
                      vtable + slot_count);
  Word* made = hooked->vtable();
  made[kMagicAt] = reinterpret_cast<Word>(kMagic);
  made[kOwnerAt] = const_cast<char*>(&owner_mark);
  made[kHookedAt] = hooked;
  made[kOriginalAt] = vtable;
  made[slots.allocate] =
      reinterpret_cast<Word>(&HookAllocate<&Hooked::allocate>);
  made[slots.uninitialized] =
      reinterpret_cast<Word>(&HookAllocate<&Hooked::uninitialized>);
  made[slots.free] = reinterpret_cast<Word>(&HookFree);
#if ABTRACE_HAS_REALLOCATE
  hooked->reallocate =
      reinterpret_cast<ReallocateFunction>(vtable[slots.reallocate]);
  made[slots.reallocate] = reinterpret_cast<Word>(&HookReallocate);
#endif
  return hooked;
}

}  // namespace

HookedAllocator* HookAllocator(v8::Isolate* isolate,
                               AllocationObserver* observer, void* owner_data,
                               std::string* error) {
  Allocator* allocator = isolate->GetArrayBufferAllocator();
  if (allocator == nullptr || !GetAllocatorSlots().complete()) {
    *error =
        "the layout of this runtime's ArrayBuffer allocator could not be found "
        "out";
    return nullptr;
  }
  HookThread::Prepare();
  const std::lock_guard<std::mutex> lock(RegistryMutex());
  Word* vtable = VtableOf(allocator);
  const size_t slot_count = SlotCountOf(vtable);
  if (slot_count == 0) {
    *error =
        "the ArrayBuffer allocator of this runtime is of an unknown class "
        "(abtrace knows "
        "node::NodeArrayBufferAllocator)";
    return nullptr;
  }
  // Still there when another copy of abtrace had hooked on top of us and we
  // could not put back.
  Hooked* hooked = FindInstalled(vtable);
  const bool installed = hooked != nullptr;
  if (!installed) {
    Hooked*& entry = Registry()[{allocator, vtable}];
    if (entry == nullptr) entry = MakeHooked(allocator, vtable, slot_count);
    hooked = entry;
  }
  hooked->isolate_alive = true;
  hooked->owner_data.store(owner_data);
  hooked->observer.store(observer);
  if (!installed) {
    __atomic_store_n(reinterpret_cast<Word**>(allocator), hooked->vtable(),
                     __ATOMIC_SEQ_CST);
  }
  return hooked;
}

void UnhookAllocator(HookedAllocator* base) {
  auto* hooked = static_cast<Hooked*>(base);
  hooked->observer.store(nullptr);
  HookThread::WaitForOthers();
  const std::lock_guard<std::mutex> lock(RegistryMutex());
  if (!hooked->isolate_alive) return;
  // Other threads may be about to call through either vtable: both are good,
  // the store is whole.
  Word* expected = hooked->vtable();
  __atomic_compare_exchange_n(reinterpret_cast<Word**>(hooked->allocator),
                              &expected, hooked->original_vtable, false,
                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void AbandonAllocator(HookedAllocator* base) {
  const std::lock_guard<std::mutex> lock(RegistryMutex());
  static_cast<Hooked*>(base)->isolate_alive = false;
}

}  // namespace abtrace
