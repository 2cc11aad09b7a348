// What lies outside of a heap for its strings.
#ifndef ABTRACE_NATIVE_CORE_HEAP_STRINGS_H_
#define ABTRACE_NATIVE_CORE_HEAP_STRINGS_H_

#include <cstdint>

#include "heap_graph.h"

namespace abtrace {

// Bytes of the characters of all external strings, which newer V8 gives with
// the strings themselves and lists under a root of their own; -1 if there is no
// such root. With `counts_characters` those of two bytes count as one.
int64_t ExternalStringBytes(const HeapGraph& graph, bool counts_characters);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_HEAP_STRINGS_H_
