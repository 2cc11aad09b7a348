// Costs and the search; see the header.
#include "retaining_tree.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace abtrace {
namespace {

constexpr uint32_t kNamed = 4;     // Properties, elements, variables.
constexpr uint32_t kInternal = 5;  // Between an object and its parts.
constexpr uint32_t kHidden = 8;
constexpr uint32_t kPrototype = 200;
constexpr uint32_t kMachinery = 90;
// Node tells of every wrapper of its own, those too that it holds weakly.
constexpr uint32_t kPerhapsWeak = 150;
constexpr uint32_t kAvoided = 400;
constexpr uint32_t kCrowded = 120;
constexpr uint32_t kKnownRoot = 2;
// A way from a variable of the program may be so much longer than another: the
// registers that libraries and Node keep of all they do reach much by few
// steps.
constexpr uint32_t kOtherRoots = 120;

// What V8 needs of an object, and no programmer put there.
constexpr std::string_view kMachineryNames[] = {
    "map",
    "shared",
    "code",
    "feedback_cell",
    "constructor",
    "scope_info",
    "native_context",
    "dependent_code",
    "transition",
    "transitions",
    "back_pointer",
    "descriptors",
    "prototype_info",
    "initial_map",
    "script",
    "script_or_debug_info",
    "infos",
    "name_or_scope_info",
    "instruction_stream",
    "deoptimization_data",
    "bytecode_offset_table",
    "global_proxy",
    "global_object",
    "script_context_table",
    "host_defined_options",
    "context_data",
    "allocation_site",
    "raw_outer_scope_info_or_feedback_metadata",
    "outer_scope_info",
    "function_data",
    "trusted_function_data",
    "untrusted_function_data",
    "constructor_function_data",
    "eval_from_shared_or_wrapped_arguments",
};

}  // namespace

uint32_t TableId(std::string_view name) {
  const size_t at = name.rfind('@');
  uint32_t id = 0;
  if (at != std::string_view::npos) {
    std::from_chars(name.data() + at + 1, name.data() + name.size(), id);
  }
  return id;
}

ReferenceCosts::ReferenceCosts(const HeapGraph* graph,
                               std::vector<bool> avoided,
                               std::vector<bool> crowded)
    : graph_(graph),
      avoided_(std::move(avoided)),
      crowded_(std::move(crowded)) {
  crowded_.resize(graph->node_count());
  name_classes_.resize(graph->string_count());
  for (uint32_t i = 0; i < name_classes_.size(); ++i)
    name_classes_[i] = ClassOf(graph->String(i));
}

ReferenceCosts::NameClass ReferenceCosts::ClassOf(std::string_view name) {
  if (name.empty()) return NameClass::kPlain;
  if (name == "__proto__" || name == "prototype") return NameClass::kPrototype;
  if (name.find("part of key (") != std::string_view::npos)
    return NameClass::kPartOfKey;
  if (name == "native_to_javascript") return NameClass::kPerhapsWeak;
  // What abtrace leaves on the program's objects.
  if (name.starts_with("<symbol abtrace.")) return NameClass::kOwn;
  const auto* found =
      std::find(std::begin(kMachineryNames), std::end(kMachineryNames), name);
  return found == std::end(kMachineryNames) ? NameClass::kPlain
                                            : NameClass::kMachinery;
}

ReferenceCosts::NameClass ReferenceCosts::ClassOfName(uint32_t name) const {
  return name < name_classes_.size() ? name_classes_[name] : NameClass::kPlain;
}

uint32_t ReferenceCosts::CostOfSubroot(uint32_t node) const {
  const std::string_view name = graph_->NodeName(node);
  const auto is = [name](std::string_view text) {
    return name.find(text) != std::string_view::npos;
  };
  if (is("GC roots")) return 1;
  if (is("Micro tasks")) return 20;
  // What Node gives: its environment, and through it handles and requests.
  if (!name.starts_with('(')) return 20;
  if (is("Global handles") || is("Traced handles")) return 40;
  if (is("Eternal handles")) return 60;
  if (is("Stack roots") || is("Handle scope")) return 70;
  if (is("Debugger")) return 300;
  return 120;
}

uint32_t ReferenceCosts::Of(uint32_t from, uint32_t edge) const {
  const EdgeType type = graph_->edge_types[edge];
  const uint32_t target = graph_->edge_targets[edge];
  uint32_t cost = kNamed;
  switch (type) {
    case EdgeType::kWeak:
    case EdgeType::kOther:
      return kNever;
    case EdgeType::kContext:
    case EdgeType::kShortcut:
      break;
    case EdgeType::kElement:
      // Synthetic ones are the roots; native ones, the lists that Node keeps
      // of its wrappers.
      if (graph_->node_types[from] == NodeType::kSynthetic)
        cost = CostOfSubroot(target);
      if (graph_->node_types[from] == NodeType::kNative) cost = kPerhapsWeak;
      break;
    case EdgeType::kProperty:
      switch (ClassOfName(graph_->edge_names[edge])) {
        case NameClass::kPrototype:
          cost = kPrototype;
          break;
        case NameClass::kOwn:
          cost = kAvoided;
          break;
        default:
          break;
      }
      break;
    case EdgeType::kHidden:
      cost = kHidden;
      break;
    case EdgeType::kInternal: {
      const uint32_t name = graph_->edge_names[edge];
      cost = kInternal;
      switch (ClassOfName(name)) {
        case NameClass::kPartOfKey:
          if (TableId(graph_->String(name)) == graph_->node_ids[from])
            return kNever;
          break;
        case NameClass::kMachinery:
          cost = kMachinery;
          break;
        case NameClass::kPerhapsWeak:
          cost = kPerhapsWeak;
          break;
        case NameClass::kPrototype:
          cost = kPrototype;
          break;
        default:
          break;
      }
      break;
    }
  }
  if (graph_->node_types[from] == NodeType::kCode) cost += kMachinery;
  if (avoided_[target]) cost += kAvoided;
  if (crowded_[target]) cost += kCrowded;
  return std::min(cost, kMost);
}

RetainingTree FindRetainingTree(const HeapGraph& graph,
                                const ReferenceCosts& costs,
                                const std::vector<uint32_t>& roots) {
  const uint32_t count = graph.node_count();
  constexpr uint32_t kFar = 0xffffffff;
  RetainingTree tree;
  tree.parents.assign(count, RetainingTree::kNone);
  tree.edges.assign(count, RetainingTree::kNone);
  std::vector<uint32_t> distances(count, kFar);
  if (count == 0) return tree;

  std::vector<std::vector<uint32_t>> buckets(ReferenceCosts::kMost + 1);
  distances[0] = roots.empty() ? 0 : kOtherRoots;
  buckets[distances[0]].push_back(0);
  size_t waiting = 1;
  for (const uint32_t node : roots) {
    if (node == 0 || distances[node] == kKnownRoot) continue;
    distances[node] = kKnownRoot;
    tree.parents[node] = 0;
    buckets[kKnownRoot].push_back(node);
    ++waiting;
  }
  for (uint32_t distance = 0; waiting > 0; ++distance) {
    std::vector<uint32_t>& bucket = buckets[distance % buckets.size()];
    // It does not grow meanwhile: no reference costs nothing.
    for (const uint32_t node : bucket) {
      --waiting;
      if (distances[node] != distance) continue;  // There was a cheaper way.
      // Settled: it cannot come up again at this distance.
      tree.order.push_back(node);
      for (uint32_t edge = graph.first_edges[node];
           edge < graph.first_edges[node + 1]; ++edge) {
        const uint32_t cost = costs.Of(node, edge);
        if (cost == ReferenceCosts::kNever) continue;
        const uint32_t target = graph.edge_targets[edge];
        const uint32_t way = distance + cost;
        if (way >= distances[target]) continue;
        distances[target] = way;
        tree.parents[target] = node;
        tree.edges[target] = edge;
        buckets[way % buckets.size()].push_back(target);
        ++waiting;
      }
    }
    bucket.clear();
  }
  return tree;
}

}  // namespace abtrace
