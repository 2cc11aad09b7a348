// Scripts and places; see the header.
#include "heap_scripts.h"

namespace abtrace {
namespace {

// Scopes nest, but not without end.
constexpr int kMostScopes = 64;

std::string_view ScriptName(std::string_view name) {
  constexpr std::string_view kPrefix = "system / Script / ";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name == "system / Script" ? std::string_view() : name;
}

bool IsOwn(Origin origin) {
  return origin == Origin::kSelf || origin == Origin::kTransparent;
}

}  // namespace

// Locations name scripts by an id that no node has; the way from a function to
// its script is in the graph.
HeapScripts::HeapScripts(const HeapGraph* graph, const OriginRules& rules)
    : graph_(*graph), rules_(rules) {
  for (const HeapGraph::Location& location : graph_.locations) {
    if (graph_.node_types[location.node] != NodeType::kClosure ||
        scripts_.contains(location.script)) {
      continue;
    }
    const uint32_t shared =
        graph_.Follow(location.node, EdgeType::kInternal, "shared");
    if (shared == 0) continue;
    const uint32_t script =
        graph_.Follow(shared, EdgeType::kInternal, "script");
    if (script == 0) continue;
    const std::string_view name = ScriptName(graph_.NodeName(script));
    scripts_.emplace(location.script, Script{name, rules_.Classify(name)});
  }
  FindUserScopes();
}

// Scopes of modules have none around them but the one of all builtins.
void HeapScripts::FindUserScopes() {
  for (const HeapGraph::Location& location : graph_.locations) {
    if (graph_.node_types[location.node] != NodeType::kClosure) continue;
    const auto script = scripts_.find(location.script);
    if (script == scripts_.end() || script->second.name.empty() ||
        script->second.origin != Origin::kUser) {
      continue;
    }
    const uint32_t scope =
        graph_.Follow(location.node, EdgeType::kInternal, "context");
    if (scope == 0 || user_scopes_.contains(scope) ||
        !graph_.NodeName(scope).starts_with("system / Context")) {
      continue;
    }
    const uint32_t around =
        graph_.Follow(scope, EdgeType::kInternal, "previous");
    if (graph_.NodeName(around).starts_with("system / NativeContext"))
      user_scopes_.emplace(scope, location.node);
  }
}

std::vector<uint32_t> HeapScripts::UserScopes() const {
  std::vector<uint32_t> scopes;
  for (const auto& [scope, function] : user_scopes_) scopes.push_back(scope);
  return scopes;
}

std::vector<bool> HeapScripts::FindOwnNodes() const {
  std::vector<bool> own(graph_.node_count(), false);
  for (const HeapGraph::Location& location : graph_.locations) {
    const auto found = scripts_.find(location.script);
    if (found != scripts_.end() && IsOwn(found->second.origin))
      own[location.node] = true;
  }
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] != NodeType::kObject ||
        graph_.NodeName(node) != "Module") {
      continue;
    }
    const uint32_t file = graph_.Follow(node, EdgeType::kProperty, "filename");
    if (file != 0 && IsOwn(rules_.Classify(graph_.NodeName(file))))
      own[node] = true;
  }
  return own;
}

uint32_t HeapScripts::FunctionNear(uint32_t node,
                                   const RetainingTree& tree) const {
  for (int steps = 0; steps < kMostScopes; ++steps) {
    if (graph_.node_types[node] == NodeType::kClosure) return node;
    const uint32_t function =
        graph_.Follow(node, EdgeType::kInternal, "function");
    if (function != 0 && graph_.node_types[function] == NodeType::kClosure)
      return function;
    const auto made_in = user_scopes_.find(node);
    if (made_in != user_scopes_.end()) return made_in->second;
    if (node == 0 || !tree.Reaches(node)) return 0;
    const std::string_view by = graph_.EdgeName(tree.edges[node]);
    if (by != "context" && by != "previous") return 0;
    node = tree.parents[node];
  }
  return 0;
}

HeapPlace HeapScripts::PlaceOf(uint32_t node, const RetainingTree& tree) const {
  HeapPlace place;
  if (graph_.NodeName(node) == "Module") {
    const uint32_t file = graph_.Follow(node, EdgeType::kProperty, "filename");
    if (file != 0) place.script = graph_.NodeName(file);
    return place;
  }
  const HeapGraph::Location* location = graph_.LocationOf(node);
  if (location == nullptr) {
    const uint32_t function = FunctionNear(node, tree);
    if (function == 0) return place;
    place.function = graph_.NodeName(function);
    location = graph_.LocationOf(function);
  } else if (graph_.node_types[node] == NodeType::kClosure) {
    place.function = graph_.NodeName(node);
  }
  if (location == nullptr) return place;
  place.line = location->line;
  place.column = location->column;
  const auto script = scripts_.find(location->script);
  if (script != scripts_.end()) place.script = script->second.name;
  return place;
}

}  // namespace abtrace
