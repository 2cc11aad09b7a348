// Where the functions that the hook replaces stand in the vtable of an
// ArrayBuffer allocator.
#ifndef ABTRACE_NATIVE_ALLOCATOR_SLOTS_H_
#define ABTRACE_NATIVE_ALLOCATOR_SLOTS_H_

#include <cstddef>

#include "v8_compat.h"

namespace abtrace {

// A slot of a vtable.
using Word = void*;

// The vtable that the object has now.
Word* VtableOf(v8::ArrayBuffer::Allocator* object);

// Indices of slots, counted from the vtable's address point.
struct AllocatorSlots {
  static constexpr size_t kUnknown = static_cast<size_t>(-1);

  size_t allocate = kUnknown;
  size_t uninitialized = kUnknown;
  size_t free = kUnknown;
  size_t reallocate = kUnknown;  // 0 where V8 has no such function.

  bool complete() const {
    return allocate != kUnknown && uninitialized != kUnknown &&
           free != kUnknown && reallocate != kUnknown;
  }
};

// Found out once, by comparing the vtables of classes that differ in one
// override: this holds under any C++ ABI. Any thread.
const AllocatorSlots& GetAllocatorSlots();

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_ALLOCATOR_SLOTS_H_
