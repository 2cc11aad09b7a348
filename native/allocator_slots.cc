// The probe classes; see the header.
#include "allocator_slots.h"

namespace abtrace {
namespace {

using Allocator = v8::ArrayBuffer::Allocator;

class ProbeBase : public Allocator {
 public:
  void* Allocate(size_t) override { return nullptr; }
  void* AllocateUninitialized(size_t) override { return nullptr; }
  void Free(void*, size_t) override {}
};
class ProbeAllocate final : public ProbeBase {
  void* Allocate(size_t length) override {
    return reinterpret_cast<void*>(length + 1);
  }
};
class ProbeUninitialized final : public ProbeBase {
  void* AllocateUninitialized(size_t length) override {
    return reinterpret_cast<void*>(length + 2);
  }
};
class ProbeFree final : public ProbeBase {
  void Free(void* data, size_t length) override {
    *static_cast<volatile size_t*>(data) = length;
  }
};
#if ABTRACE_HAS_REALLOCATE
class ProbeReallocate final : public ProbeBase {
  void* Reallocate(void*, size_t, size_t length) override {
    return reinterpret_cast<void*>(length + 3);
  }
};
#endif

template <typename Probe>
size_t FindSlot() {
  ProbeBase base;
  Probe probe;
  // Behind the two destructors, and within what the smallest class of the
  // hierarchy has.
  constexpr size_t kFirst = 2, kLast = 5;
  size_t found = AllocatorSlots::kUnknown;
  for (size_t slot = kFirst; slot <= kLast; ++slot) {
    if (VtableOf(&base)[slot] == VtableOf(&probe)[slot]) continue;
    if (found != AllocatorSlots::kUnknown) return AllocatorSlots::kUnknown;
    found = slot;
  }
  return found;
}

AllocatorSlots FindSlots() {
  AllocatorSlots slots;
  slots.allocate = FindSlot<ProbeAllocate>();
  slots.uninitialized = FindSlot<ProbeUninitialized>();
  slots.free = FindSlot<ProbeFree>();
#if ABTRACE_HAS_REALLOCATE
  slots.reallocate = FindSlot<ProbeReallocate>();
#else
  slots.reallocate = 0;
#endif
  return slots;
}

}  // namespace

// Volatile and on its own, so that no compiler reasons about what a vptr must
// be.
[[gnu::noinline]] Word* VtableOf(Allocator* object) {
  return *reinterpret_cast<Word* volatile*>(object);
}

const AllocatorSlots& GetAllocatorSlots() {
  static const AllocatorSlots slots = FindSlots();
  return slots;
}

}  // namespace abtrace
