// For every object of a heap the way from the roots that a person can best act
// on.
#ifndef ABTRACE_NATIVE_CORE_RETAINING_TREE_H_
#define ABTRACE_NATIVE_CORE_RETAINING_TREE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "heap_graph.h"

namespace abtrace {

// The id of a WeakMap's table, from the name that HeapGraphReader has made of
// the reference from a key to its value; 0 if there is none.
uint32_t TableId(std::string_view name);

// How far a reference is from what people write in their programs. Ways are
// compared by the sum over their references, so that the way through three
// properties is preferred to the one through a hidden class.
class ReferenceCosts {
 public:
  // `graph` must outlive it. Nodes in `avoided` are walked through only where
  // there is no other way, those in `crowded` only where other ways are long:
  // they lead everywhere, and so say little.
  ReferenceCosts(const HeapGraph* graph, std::vector<bool> avoided,
                 std::vector<bool> crowded = {});

  static constexpr uint32_t kNever = 0;
  static constexpr uint32_t kMost = 512;

  // 1 to kMost; kNever for a reference that holds nothing (weak ones, and
  // those of a WeakMap's table, whose values are held by their keys).
  uint32_t Of(uint32_t from, uint32_t edge) const;

 private:
  enum class NameClass : uint8_t {
    kPlain = 0,
    kMachinery,  // Hidden classes, code, feedback: what V8 needs of an object.
    kPrototype,
    kPartOfKey,
    kPerhapsWeak,
    kOwn,
  };

  static NameClass ClassOf(std::string_view name);
  NameClass ClassOfName(uint32_t name) const;
  uint32_t CostOfSubroot(uint32_t node) const;

  const HeapGraph* const graph_;
  const std::vector<bool> avoided_;
  std::vector<bool> crowded_;
  std::vector<NameClass> name_classes_;  // By string.
};

// The tree of cheapest ways from node 0, the root. For each node its parent
// and the edge that leads from there to it; what cannot be reached has no
// parent, and what counts as a root itself no edge.
struct RetainingTree {
  static constexpr uint32_t kNone = 0xffffffff;

  std::vector<uint32_t> parents;
  std::vector<uint32_t> edges;
  // Nodes that can be reached, parents before their children.
  std::vector<uint32_t> order;

  bool Reaches(uint32_t node) const {
    return node == 0 || parents[node] != kNone;
  }
};

// Dijkstra's algorithm with a ring of buckets (R. B. Dial, "Algorithm 360",
// Communications of the ACM 12, 1969): references cost small whole numbers.
// Nodes in `roots` are known to be alive and cost little: the ways to them do
// not matter.
RetainingTree FindRetainingTree(const HeapGraph& graph,
                                const ReferenceCosts& costs,
                                const std::vector<uint32_t>& roots = {});

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_RETAINING_TREE_H_
