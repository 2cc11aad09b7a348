// Adding them up; see the header.
#include "heap_strings.h"

#include <string_view>

namespace abtrace {
namespace {

// What an external string takes on the heap itself.
constexpr uint64_t kHeaderBytes = 32;

uint64_t BytesOf(const HeapGraph& graph, uint32_t string,
                 bool counts_characters) {
  if (graph.node_sizes[string] <= kHeaderBytes) return 0;
  const uint64_t bytes = graph.node_sizes[string] - kHeaderBytes;
  const std::string_view shape =
      graph.NodeName(graph.Follow(string, EdgeType::kInternal, "map"));
  const bool is_wide = shape.find("TwoByte") != std::string_view::npos;
  return counts_characters && is_wide ? bytes / 2 : bytes;
}

}  // namespace

int64_t ExternalStringBytes(const HeapGraph& graph, bool counts_characters) {
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (graph.node_types[node] != NodeType::kSynthetic ||
        graph.NodeName(node) != "(External strings)") {
      continue;
    }
    uint64_t bytes = 0;
    for (uint32_t edge = graph.first_edges[node];
         edge < graph.first_edges[node + 1]; ++edge)
      bytes += BytesOf(graph, graph.edge_targets[edge], counts_characters);
    return static_cast<int64_t>(bytes);
  }
  return -1;
}

}  // namespace abtrace
