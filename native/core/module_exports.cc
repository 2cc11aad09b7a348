// Exports of modules; see the header.
#include "module_exports.h"

#include <string_view>

namespace abtrace {
namespace {

// Calls `visit(name, cell)` for what stands in a table as a string and an
// object of V8's own one after the other.
template <typename Visitor>
void ForEachPair(const HeapGraph& graph, uint32_t table, Visitor visit) {
  for (uint32_t edge = graph.first_edges[table];
       edge + 1 < graph.first_edges[table + 1]; ++edge) {
    const uint32_t name = graph.edge_targets[edge];
    const uint32_t cell = graph.edge_targets[edge + 1];
    if (graph.edge_types[edge] == EdgeType::kInternal &&
        graph.edge_types[edge + 1] == EdgeType::kInternal &&
        graph.node_types[name] == NodeType::kString &&
        graph.node_types[cell] == NodeType::kOther) {
      visit(name, cell);
    }
  }
}

template <typename Visitor>
void ForEachTable(const HeapGraph& graph, uint32_t module, Visitor visit) {
  for (uint32_t edge = graph.first_edges[module];
       edge < graph.first_edges[module + 1]; ++edge) {
    const uint32_t table = graph.edge_targets[edge];
    if (graph.edge_types[edge] == EdgeType::kHidden &&
        graph.node_types[table] == NodeType::kArray) {
      visit(table);
    }
  }
}

void NameValue(uint32_t cell, uint32_t name, HeapGraph* graph) {
  for (uint32_t edge = graph->first_edges[cell];
       edge < graph->first_edges[cell + 1]; ++edge) {
    if (graph->edge_types[edge] != EdgeType::kInternal ||
        graph->EdgeName(edge) != "value") {
      continue;
    }
    graph->edge_types[edge] = EdgeType::kContext;
    graph->edge_names[edge] = name;
  }
}

}  // namespace

std::vector<uint32_t> FindExportNames(const HeapGraph& graph) {
  std::vector<uint32_t> found;
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (graph.node_types[node] != NodeType::kOther) continue;
    ForEachTable(graph, node, [&](uint32_t table) {
      ForEachPair(graph, table,
                  [&](uint32_t name, uint32_t) { found.push_back(name); });
    });
  }
  return found;
}

void NameExports(HeapGraph* graph) {
  for (uint32_t node = 0; node < graph->node_count(); ++node) {
    if (graph->node_types[node] != NodeType::kOther ||
        graph->NodeName(node) != "system / SourceTextModule") {
      continue;
    }
    ForEachTable(*graph, node, [&](uint32_t table) {
      ForEachPair(*graph, table, [&](uint32_t name, uint32_t cell) {
        if (graph->NodeName(cell) == "system / Cell")
          NameValue(cell, graph->node_names[name], graph);
      });
    });
  }
}

}  // namespace abtrace
