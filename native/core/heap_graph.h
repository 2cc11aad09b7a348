// The objects of a V8 heap and the references among them, read from the text
// of a heap snapshot while V8 writes it.
#ifndef ABTRACE_NATIVE_CORE_HEAP_GRAPH_H_
#define ABTRACE_NATIVE_CORE_HEAP_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace abtrace {

// The order is the one of `kNodeTypes` in lib/native.ts.
enum class NodeType : uint8_t {
  kOther = 0,
  kArray,
  kObject,
  kCode,
  kClosure,
  kNative,
  kSynthetic,
  kString,
};

// The order is the one of `kEdgeTypes` in lib/native.ts.
enum class EdgeType : uint8_t {
  kOther = 0,
  kContext,
  kElement,
  kProperty,
  kInternal,
  kHidden,
  kShortcut,
  kWeak,
};

// Plain data, made by HeapGraphReader. Nodes and edges are named by index; the
// edges of node n are first_edges[n] to first_edges[n + 1]. About 22 bytes a
// node and 9 an edge, a seventh of what V8's own snapshot takes.
struct HeapGraph {
  // Where a function is defined, or the class of an object; 1-based.
  struct Location {
    uint32_t node;
    uint32_t script;  // V8's id of it.
    uint32_t line;
    uint32_t column;
  };

  std::vector<NodeType> node_types;
  std::vector<uint32_t> node_names;  // Index of a string.
  std::vector<uint32_t> node_ids;    // What V8 calls SnapshotObjectId.
  std::vector<uint64_t> node_sizes;  // Bytes.
  std::vector<uint32_t> first_edges;
  std::vector<EdgeType> edge_types;
  std::vector<uint32_t> edge_names;  // Index of a string, or of an element.
  std::vector<uint32_t> edge_targets;
  std::vector<Location> locations;  // By node, ascending.
  // An allocation tracker or a timeline of somebody else's is at work.
  bool tracked = false;

  uint32_t node_count() const {
    return static_cast<uint32_t>(node_types.size());
  }
  // Empty for strings that nobody needs, and cut where they are long.
  std::string_view String(uint32_t index) const;
  std::string_view NodeName(uint32_t node) const {
    return String(node_names[node]);
  }
  // Empty for elements and hidden references.
  std::string_view EdgeName(uint32_t edge) const;
  size_t string_count() const { return string_offsets.size() - 1; }
  // Null if the node has none.
  const Location* LocationOf(uint32_t node) const;
  // The target of the first edge of this name and type, or 0: no edge leads
  // to the root.
  uint32_t Follow(uint32_t node, EdgeType type, std::string_view name) const;

  std::vector<char> string_bytes;
  std::vector<uint32_t> string_offsets{0};
};

// Reads a snapshot piece by piece, as it comes. The text is V8's:
//
//   {"snapshot":{"meta":{…},"node_count":…,"edge_count":…,…},
//    "nodes":[…],"edges":[…],…,"locations":[…],…,"strings":["…",…]}
//
// with `node_fields`, `edge_fields` and the names of their types in `meta`,
// which differ between versions. Trusts nothing: what does not fit makes it
// fail.
class HeapGraphReader {
 public:
  HeapGraphReader() = default;

  // False once the text is not what it should be: feed no more.
  bool Feed(const char* text, size_t length);
  // After the last piece: the graph, whole; false if it is not.
  bool Finish(HeapGraph* graph);

 private:
  enum class Section : uint8_t {
    kHeader,
    kNodes,
    kEdges,
    kLocations,
    kStrings,
    kSkipped,
    kBetween,
  };

  bool ReadHeader();
  bool BeginSection();
  bool TakeNumber(uint64_t number);
  bool TakeNode();
  bool TakeEdge();
  bool TakeLocation();
  const char* ReadNumbers(const char* at, const char* end);
  const char* ReadStrings(const char* at, const char* end);
  const char* Skip(const char* at, const char* end);
  void EndString();
  void FindNeededStrings();

  // How many numbers make a record, and where in it stand those we want.
  static constexpr int kMostFields = 16;
  struct Layout {
    int fields = 0;
    int at[5] = {-1, -1, -1, -1, -1};
  };

  HeapGraph graph_;
  Section section_ = Section::kHeader;
  bool failed_ = false;
  bool whole_ = false;
  std::string pending_;  // The header, or the key of the section to come.
  Layout node_layout_;
  Layout edge_layout_;
  Layout location_layout_;
  std::vector<NodeType> node_type_names_;
  std::vector<EdgeType> edge_type_names_;
  uint64_t node_count_ = 0;
  uint64_t edge_count_ = 0;
  uint64_t record_[kMostFields] = {};
  int field_ = 0;
  bool in_number_ = false;
  bool negative_ = false;
  uint64_t number_ = 0;
  std::vector<uint8_t> needed_;  // 1: needed, 2: if it looks like a path.
  // Strings.
  bool in_string_ = false;
  bool skips_string_ = false;
  uint32_t string_index_ = 0;
  int escape_ = 0;  // Characters of an escape read so far; 0 outside.
  uint32_t code_unit_ = 0;
  uint32_t high_surrogate_ = 0;
  std::string string_;
  // Skipping.
  int depth_ = 0;
  bool skipping_string_ = false;
  bool skipping_escape_ = false;
  bool skipped_anything_ = false;
  bool skipped_shows_tracking_ = false;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_HEAP_GRAPH_H_
