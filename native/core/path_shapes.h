// Retaining paths of one shape as one: forty thousand chunks in an array are
// one path with a count.
#ifndef ABTRACE_NATIVE_CORE_PATH_SHAPES_H_
#define ABTRACE_NATIVE_CORE_PATH_SHAPES_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "heap_graph.h"
#include "retaining_tree.h"

namespace abtrace {

// One step of the paths of a shape: what all the references and objects have in
// common that stand at this place. A path is a shape and its ancestors.
//
//   sessions Map ─ (table) ─ 17 ─► Session ─ .chunks ─► Array ─ [4] ─►
//   Uint8Array
//                            42 ─► Session ─ .chunks ─► Array ─ [0] ─►
//                            Uint8Array └ one shape ┘ └─ one shape ──┘ └── one
//                            shape ───┘
struct Shape {
  static constexpr uint32_t kNone = 0xffffffff;
  // In the place of a name: the names differ too much to be told one by one.
  static constexpr uint32_t kAnyName = 0xfffffffe;

  uint32_t parent = kNone;
  EdgeType edge_type = EdgeType::kOther;
  uint32_t edge_name = kNone;  // Index of a string.
  NodeType node_type = NodeType::kOther;
  uint32_t node_name = 0;  // Index of a string.
  // This step and those up to it from the last of its kind come again and
  // again: a linked list, a tree.
  bool repeats = false;
  uint32_t example = 0;  // One node of them.
};

// Finds the shapes of the paths to some nodes. One thread.
class PathShapes {
 public:
  // Of more properties of one object than that the names are not told, nor
  // where more than so many have digits in them.
  static constexpr size_t kMostNames = 24;
  static constexpr size_t kMostNumbered = 4;

  // Both must outlive it.
  PathShapes(const HeapGraph* graph, const RetainingTree* tree);

  // The shape of the path to a node that the tree reaches.
  uint32_t ShapeOf(uint32_t node);

  // Gives up the names of properties where there are too many. The shapes,
  // parents before their children; `renumbered` says what has become of each
  // shape that ShapeOf gave. Ends this object's use.
  std::vector<Shape> Collapse(std::vector<uint32_t>* renumbered);

 private:
  struct Key {
    uint32_t parent, edge_name, node_name;
    EdgeType edge_type;
    NodeType node_type;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  uint32_t Step(uint32_t parent_shape, uint32_t node);
  uint32_t Above(uint32_t shape, int steps) const;
  bool ComesAgain(const Shape& step, int period) const;
  static bool SameStep(const Shape& a, const Shape& b);

  const HeapGraph* const graph_;
  const RetainingTree* const tree_;
  std::vector<uint32_t> shape_of_node_;
  std::vector<Shape> shapes_;
  std::unordered_map<Key, uint32_t, KeyHash> index_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_PATH_SHAPES_H_
