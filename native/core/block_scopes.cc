// Scopes of blocks; see the header.
#include "block_scopes.h"

#include <algorithm>
#include <string>

namespace abtrace {
namespace {

// With more variables V8 keeps the names in a table.
constexpr uint32_t kMostNames = 75;

// The strings at the beginning of what a ScopeInfo refers to.
std::vector<uint32_t> NamesIn(const HeapGraph& graph, uint32_t info) {
  std::vector<uint32_t> names;
  for (uint32_t edge = graph.first_edges[info];
       edge < graph.first_edges[info + 1]; ++edge) {
    if (graph.edge_types[edge] != EdgeType::kHidden) continue;
    const uint32_t target = graph.edge_targets[edge];
    if (graph.edge_names[edge] != names.size() || names.size() == kMostNames ||
        graph.node_types[target] != NodeType::kString) {
      break;
    }
    names.push_back(target);
  }
  return names;
}

bool HasReference(const HeapGraph& graph, uint32_t node, EdgeType type) {
  const auto begin = graph.edge_types.begin() + graph.first_edges[node];
  const auto end = graph.edge_types.begin() + graph.first_edges[node + 1];
  return std::find(begin, end, type) != end;
}

// Scopes of functions have the names of their variables already.
bool LacksNames(const HeapGraph& graph, uint32_t node) {
  return graph.node_types[node] == NodeType::kObject &&
         HasReference(graph, node, EdgeType::kHidden) &&
         !HasReference(graph, node, EdgeType::kContext);
}

uint32_t AddString(const std::string& text, HeapGraph* graph) {
  graph->string_bytes.insert(graph->string_bytes.end(), text.begin(),
                             text.end());
  graph->string_offsets.push_back(
      static_cast<uint32_t>(graph->string_bytes.size()));
  return static_cast<uint32_t>(graph->string_count() - 1);
}

void NameReferences(uint32_t scope, const std::vector<uint32_t>& names,
                    HeapGraph* graph) {
  const uint32_t end = graph->first_edges[scope + 1];
  uint32_t known = 0;  // References that there are, of those that show.
  for (uint32_t edge = graph->first_edges[scope]; edge < end; ++edge) {
    if (graph->edge_types[edge] == EdgeType::kHidden)
      known = std::max(known, graph->edge_names[edge] + 1);
  }
  if (known > names.size()) return;
  const auto without = static_cast<uint32_t>(names.size()) - known;
  for (uint32_t edge = graph->first_edges[scope]; edge < end; ++edge) {
    if (graph->edge_types[edge] != EdgeType::kHidden) continue;
    const uint32_t first = graph->edge_names[edge];
    uint32_t name = graph->node_names[names[first]];
    if (without > 0) {
      std::string any(graph->String(name));
      for (uint32_t other = first + 1; other <= first + without; ++other) {
        any += '|';
        any += graph->NodeName(names[other]);
      }
      name = AddString(any, graph);
    }
    graph->edge_types[edge] = EdgeType::kContext;
    graph->edge_names[edge] = name;
  }
}

}  // namespace

std::vector<uint32_t> FindBlockScopeNames(const HeapGraph& graph) {
  std::vector<uint32_t> found;
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (!LacksNames(graph, node)) continue;
    for (uint32_t edge = graph.first_edges[node];
         edge < graph.first_edges[node + 1]; ++edge) {
      const uint32_t target = graph.edge_targets[edge];
      if (graph.edge_types[edge] != EdgeType::kInternal ||
          graph.node_types[target] != NodeType::kCode) {
        continue;
      }
      const std::vector<uint32_t> names = NamesIn(graph, target);
      found.insert(found.end(), names.begin(), names.end());
    }
  }
  return found;
}

void NameBlockScopes(HeapGraph* graph) {
  for (uint32_t node = 0; node < graph->node_count(); ++node) {
    if (!LacksNames(*graph, node) ||
        !graph->NodeName(node).starts_with("system / Context")) {
      continue;
    }
    const uint32_t info =
        graph->Follow(node, EdgeType::kInternal, "scope_info");
    if (info != 0) NameReferences(node, NamesIn(*graph, info), graph);
  }
}

}  // namespace abtrace
