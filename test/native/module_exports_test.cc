// The names of exported variables, from snapshots of a few nodes.
#include "core/module_exports.h"

#include <gtest/gtest.h>

#include <string>

#include "heap_text.h"

namespace abtrace {
namespace {

struct Names {
  const char* module = "system / SourceTextModule";
  const char* cell = "system / Cell";
  const char* before = "string";  // Type of the node that stands before it.
};

// What the reference of a cell to its value is called.
std::string NameOfValue(const Names& names) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t module = text.Node("hidden", names.module);
  const uint32_t table = text.Node("array", "");
  const uint32_t name = text.Node(names.before, "pages");
  const uint32_t cell = text.Node("hidden", names.cell);
  const uint32_t kept = text.Node("object", "Array");
  text.Edge(root, "shortcut", "1", module);
  text.Hidden(module, 1, table);
  text.Edge(table, "internal", "0", root);
  text.Edge(table, "internal", "3", name);
  text.Edge(table, "internal", "4", cell);
  text.Edge(cell, "internal", "value", kept);
  HeapGraph graph;
  EXPECT_TRUE(text.Read(&graph));
  const uint32_t edge = graph.first_edges[cell];
  EXPECT_EQ(graph.edge_types[edge] == EdgeType::kContext,
            graph.EdgeName(edge) != "value");
  return std::string(graph.EdgeName(edge));
}

TEST(ModuleExports, AreNamedByWhatStandsBeforeTheirCells) {
  EXPECT_EQ(NameOfValue({}), "pages");
}

TEST(ModuleExports, AreThoseOfModulesAlone) {
  EXPECT_EQ(NameOfValue({.module = "system / Script"}), "value");
  EXPECT_EQ(NameOfValue({.cell = "system / PropertyCell"}), "value");
  EXPECT_EQ(NameOfValue({.before = "object"}), "value");
}

}  // namespace
}  // namespace abtrace
