// The names of variables that are declared in blocks: V8 tells those of the
// scopes of functions and modules only.
//
//   scope ── internal "scope_info" ──► ScopeInfo ── hidden 0 ──► string "n"
//     │                                          └─ hidden 1 ──► string "kept"
//     └───── hidden 0 ──► Array          (`n` is a small number: no reference)
//
// Hidden references are numbered in the order of the slots, but small numbers
// have none: with fewer references than names a reference may be one of
// several variables. Seen in the snapshots of V8 11 to 14.
#ifndef ABTRACE_NATIVE_CORE_BLOCK_SCOPES_H_
#define ABTRACE_NATIVE_CORE_BLOCK_SCOPES_H_

#include <cstdint>
#include <vector>

#include "heap_graph.h"

namespace abtrace {

// The nodes that may hold the names, told before any string has been read.
std::vector<uint32_t> FindBlockScopeNames(const HeapGraph& graph);

// Makes the references of blocks to their variables such as functions have,
// named by the variable; by all that it may be, as "n|kept", in the order of
// their slots, where that is not certain.
void NameBlockScopes(HeapGraph* graph);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_BLOCK_SCOPES_H_
