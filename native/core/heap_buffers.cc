// Finding them; see the header.
#include "heap_buffers.h"

#include <string_view>

namespace abtrace {
namespace {

// Calls `visit(from, to)` for every internal reference of this name.
template <typename Visitor>
void ForEachInternal(const HeapGraph& graph, std::string_view name,
                     Visitor visit) {
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    for (uint32_t edge = graph.first_edges[node];
         edge < graph.first_edges[node + 1]; ++edge) {
      if (graph.edge_types[edge] == EdgeType::kInternal &&
          graph.EdgeName(edge) == name) {
        visit(node, graph.edge_targets[edge]);
      }
    }
  }
}

bool IsWasmMemory(const HeapGraph& graph, uint32_t node) {
  if (graph.node_types[node] != NodeType::kObject &&
      graph.node_types[node] != NodeType::kNative) {
    return false;
  }
  const std::string_view name = graph.NodeName(node);
  return name == "Memory" || name == "WebAssembly.Memory";
}

}  // namespace

HeapBuffers FindHeapBuffers(const HeapGraph& graph) {
  HeapBuffers found;
  std::unordered_map<uint32_t, size_t> by_node;
  std::unordered_map<uint32_t, size_t> by_buffer;
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (graph.node_types[node] != NodeType::kNative ||
        graph.NodeName(node) != "system / JSArrayBufferData") {
      continue;
    }
    by_node.emplace(node, found.data.size());
    found.by_id.emplace(graph.node_ids[node], found.data.size());
    found.data.push_back({});
    found.data.back().node = node;
  }
  ForEachInternal(graph, "backing_store", [&](uint32_t buffer, uint32_t data) {
    const auto at = by_node.find(data);
    if (at == by_node.end()) return;
    by_buffer.emplace(buffer, at->second);
    BufferData& one = found.data[at->second];
    one.buffers.push_back(buffer);
    one.shared = graph.NodeName(buffer) == "SharedArrayBuffer";
  });
  ForEachInternal(graph, "buffer", [&](uint32_t view, uint32_t buffer) {
    const auto at = by_buffer.find(buffer);
    if (at != by_buffer.end()) found.data[at->second].views.push_back(view);
  });
  // A class of the program's may be called so, too: but then it holds its
  // buffer by a property.
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (!IsWasmMemory(graph, node)) continue;
    bool is_bare = true;
    bool is_object = false;
    for (uint32_t edge = graph.first_edges[node];
         edge < graph.first_edges[node + 1]; ++edge) {
      if (graph.edge_types[edge] != EdgeType::kHidden &&
          graph.edge_types[edge] != EdgeType::kInternal) {
        continue;
      }
      const auto at = by_buffer.find(graph.edge_targets[edge]);
      if (at != by_buffer.end()) {
        found.data[at->second].wasm = true;
        is_bare = false;
      }
      // The instances that use it; a prototype has none.
      is_object = is_object || graph.NodeName(graph.edge_targets[edge]) ==
                                   "system / Foreign";
    }
    if (is_bare && is_object) found.bare_memories.push_back(node);
  }
  return found;
}

}  // namespace abtrace
