// The names of variables that an ECMAScript module exports: V8 keeps those in
// cells, apart from the module's scope.
//
//   SourceTextModule ── hidden ──► (table) ── internal "3" ──► string "pages"
//                                       └──── internal "4" ──► Cell
//   Cell ── internal "value" ──► Array
//
// The value of an export follows its name in the table. Seen in the snapshots
// of V8 11 to 14.
#ifndef ABTRACE_NATIVE_CORE_MODULE_EXPORTS_H_
#define ABTRACE_NATIVE_CORE_MODULE_EXPORTS_H_

#include <cstdint>
#include <vector>

#include "heap_graph.h"

namespace abtrace {

// The nodes that may hold the names, told before any string has been read.
std::vector<uint32_t> FindExportNames(const HeapGraph& graph);

// Makes the references of cells to what modules export such as scopes have,
// named by the export.
void NameExports(HeapGraph* graph);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_MODULE_EXPORTS_H_
