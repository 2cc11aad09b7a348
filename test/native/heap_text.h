// Writes heap snapshots as V8 does, for tests that need a small one of their
// own.
#ifndef ABTRACE_TEST_NATIVE_HEAP_TEXT_H_
#define ABTRACE_TEST_NATIVE_HEAP_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/heap_graph.h"

namespace abtrace {

// Nodes are numbered in the order in which they are added; 0 has to be the
// root.
class HeapText {
 public:
  uint32_t Node(const std::string& type, const std::string& name,
                uint64_t size = 0) {
    nodes_.push_back(
        {IndexOf(kNodeTypes(), type), StringIndex(name), size, {}});
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  void Edge(uint32_t from, const std::string& type, const std::string& name,
            uint32_t to) {
    nodes_[from].edges.push_back(
        {IndexOf(kEdgeTypes(), type), StringIndex(name), to});
  }
  void Element(uint32_t from, uint32_t index, uint32_t to) {
    nodes_[from].edges.push_back({1, index, to});
  }
  void Hidden(uint32_t from, uint32_t index, uint32_t to) {
    nodes_[from].edges.push_back({4, index, to});
  }
  // Lines and columns count from 0 here, as V8 writes them.
  void Location(uint32_t node, uint32_t script, uint32_t line, int32_t column) {
    locations_.push_back({node, script, line, column});
  }

  static uint32_t IdOf(uint32_t node) { return node * 2 + 1; }

  std::string Text() const {
    std::string nodes, edges, locations, strings = "\"<dummy>\"";
    size_t edge_count = 0;
    for (uint32_t i = 0; i < nodes_.size(); ++i) {
      const NodeRow& node = nodes_[i];
      nodes += (i == 0 ? "" : ",") + std::to_string(node.type) + "," +
               std::to_string(node.name) + "," + std::to_string(IdOf(i)) + "," +
               std::to_string(node.size) + "," +
               std::to_string(node.edges.size()) + ",0\n";
      for (const EdgeRow& edge : node.edges) {
        edges += (edge_count++ == 0 ? "" : ",") + std::to_string(edge.type) +
                 "," + std::to_string(edge.name) + "," +
                 std::to_string(edge.to * 6) + "\n";
      }
    }
    for (const LocationRow& row : locations_) {
      locations += (locations.empty() ? "" : ",") +
                   std::to_string(row.node * 6) + "," +
                   std::to_string(row.script) + "," + std::to_string(row.line) +
                   "," + std::to_string(row.column);
    }
    for (const std::string& text : strings_) strings += ",\n\"" + text + "\"";
    return "{\"snapshot\":{\"meta\":{\"node_fields\":[\"type\",\"name\",\"id\","
           "\"self_size\",\"edge_count\",\"detachedness\"],\"node_types\":[[" +
           Quoted(kNodeTypes()) +
           "],\"string\",\"number\",\"number\",\"number\",\"number\"],"
           "\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],"
           "\"edge_types\":[[" +
           Quoted(kEdgeTypes()) +
           "],\"string_or_number\",\"node\"],\"location_fields\":["
           "\"object_index\",\"script_id\",\"line\",\"column\"]},"
           "\"node_count\":" +
           std::to_string(nodes_.size()) +
           ",\"edge_count\":" + std::to_string(edge_count) + "},\n\"nodes\":[" +
           nodes + "],\n\"edges\":[" + edges +
           "],\n\"trace_function_infos\":[],\n\"trace_tree\":[" + trace_tree +
           "],\n\"samples\":[],\n\"locations\":[" + locations +
           "],\n\"strings\":[" + strings + "]}";
  }

  // Reads the text back in pieces of so many bytes.
  bool Read(HeapGraph* graph, size_t piece = 64) const {
    const std::string text = Text();
    HeapGraphReader reader;
    for (size_t at = 0; at < text.size(); at += piece) {
      if (!reader.Feed(text.data() + at, std::min(piece, text.size() - at)))
        return false;
    }
    return reader.Finish(graph);
  }

  std::string trace_tree;

 private:
  struct EdgeRow {
    uint32_t type, name, to;
  };
  struct NodeRow {
    uint32_t type, name;
    uint64_t size;
    std::vector<EdgeRow> edges;
  };
  struct LocationRow {
    uint32_t node, script, line;
    int32_t column;
  };

  static const std::vector<std::string>& kNodeTypes() {
    static const std::vector<std::string> types = {
        "hidden",  "array",  "string", "object", "code",
        "closure", "regexp", "number", "native", "synthetic"};
    return types;
  }
  static const std::vector<std::string>& kEdgeTypes() {
    static const std::vector<std::string> types = {
        "context", "element",  "property", "internal",
        "hidden",  "shortcut", "weak"};
    return types;
  }
  static uint32_t IndexOf(const std::vector<std::string>& items,
                          const std::string& item) {
    for (uint32_t i = 0; i < items.size(); ++i) {
      if (items[i] == item) return i;
    }
    return 0;
  }
  static std::string Quoted(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items)
      text += (text.empty() ? "\"" : ",\"") + item + "\"";
    return text;
  }
  uint32_t StringIndex(const std::string& text) {
    for (uint32_t i = 0; i < strings_.size(); ++i) {
      if (strings_[i] == text) return i + 1;
    }
    strings_.push_back(text);
    return static_cast<uint32_t>(strings_.size());
  }

  std::vector<NodeRow> nodes_;
  std::vector<LocationRow> locations_;
  std::vector<std::string> strings_;
};

}  // namespace abtrace

#endif  // ABTRACE_TEST_NATIVE_HEAP_TEXT_H_
