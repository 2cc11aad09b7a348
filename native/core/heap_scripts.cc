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

// Where async_hooks keeps the resource of each callback that runs: whatever is
// there is held by more than that.
constexpr std::string_view kRunningResources = "execution_async_resources";

// The script of a function's shared part, or 0. Before V8 12 a debugger's notes
// may be in its place, and know it.
uint32_t ScriptOf(const HeapGraph& graph, uint32_t shared) {
  const uint32_t script = graph.Follow(shared, EdgeType::kInternal, "script");
  if (script != 0) return script;
  const uint32_t either =
      graph.Follow(shared, EdgeType::kInternal, "script_or_debug_info");
  if (graph.NodeName(either) != "system / DebugInfo") return either;
  for (uint32_t edge = graph.first_edges[either];
       edge < graph.first_edges[either + 1]; ++edge) {
    const uint32_t target = graph.edge_targets[edge];
    if (graph.Follow(target, EdgeType::kInternal, "source") != 0) return target;
  }
  return 0;
}

// What stands between the scope of a module and a variable that it exports.
bool IsOfModule(const HeapGraph& graph, uint32_t node) {
  return graph.node_types[node] == NodeType::kOther &&
         (graph.NodeName(node) == "system / Cell" ||
          graph.NodeName(node) == "system / SourceTextModule");
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
    const uint32_t script = ScriptOf(graph_, shared);
    if (script == 0) continue;
    const std::string_view name = ScriptName(graph_.NodeName(script));
    scripts_.emplace(location.script, Script{name, rules_.Classify(name)});
  }
  FindScopes();
}

// Scopes of modules have none around them but the one of all builtins.
void HeapScripts::FindScopes() {
  for (const HeapGraph::Location& location : graph_.locations) {
    if (graph_.node_types[location.node] != NodeType::kClosure) continue;
    const auto script = scripts_.find(location.script);
    if (script == scripts_.end() || script->second.name.empty()) continue;
    const bool is_user = script->second.origin == Origin::kUser;
    if (!is_user && script->second.origin != Origin::kNode) continue;
    const uint32_t scope =
        graph_.Follow(location.node, EdgeType::kInternal, "context");
    if (scope == 0 || user_scopes_.contains(scope) ||
        nodes_scopes_.contains(scope) ||
        !graph_.NodeName(scope).starts_with("system / Context")) {
      continue;
    }
    const uint32_t around =
        graph_.Follow(scope, EdgeType::kInternal, "previous");
    if (!graph_.NodeName(around).starts_with("system / NativeContext"))
      continue;
    if (is_user) {
      user_scopes_.emplace(scope, location.node);
    } else {
      nodes_scopes_.insert(scope);
    }
  }
}

std::vector<uint32_t> HeapScripts::UserScopes() const {
  std::vector<uint32_t> scopes;
  for (const auto& [scope, function] : user_scopes_) scopes.push_back(scope);
  return scopes;
}

std::vector<bool> HeapScripts::FindCrowdedNodes() const {
  std::vector<bool> crowded(graph_.node_count(), false);
  for (const uint32_t scope : nodes_scopes_) crowded[scope] = true;
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] == NodeType::kOther &&
        graph_.NodeName(node).starts_with("system / NativeContext")) {
      crowded[node] = true;
    }
  }
  return crowded;
}

std::vector<bool> HeapScripts::FindAvoidedNodes() const {
  std::vector<bool> avoided(graph_.node_count(), false);
  for (const HeapGraph::Location& location : graph_.locations) {
    const auto found = scripts_.find(location.script);
    if (found == scripts_.end() || !IsOwn(found->second.origin)) continue;
    avoided[location.node] = true;
    // A function of ours may run: its scope is on the stack then.
    for (uint32_t scope =
             graph_.Follow(location.node, EdgeType::kInternal, "context");
         graph_.NodeName(scope).starts_with("system / Context") &&
         !avoided[scope];
         scope = graph_.Follow(scope, EdgeType::kInternal, "previous"))
      avoided[scope] = true;
  }
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] != NodeType::kObject ||
        graph_.NodeName(node) != "Module") {
      continue;
    }
    const uint32_t file = graph_.Follow(node, EdgeType::kProperty, "filename");
    if (file != 0 && IsOwn(rules_.Classify(graph_.NodeName(file))))
      avoided[node] = true;
  }
  for (uint32_t name = 0; name < graph_.string_count(); ++name) {
    if (!graph_.String(name).ends_with(kRunningResources)) continue;
    for (uint32_t edge = 0; edge < graph_.edge_targets.size(); ++edge) {
      if (graph_.edge_names[edge] == name &&
          graph_.EdgeName(edge).ends_with(kRunningResources))
        avoided[graph_.edge_targets[edge]] = true;
    }
  }
  return avoided;
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
    const uint32_t parent = tree.parents[node];
    const std::string_view by = graph_.EdgeName(tree.edges[node]);
    if (by != "context" && by != "previous" && by != "extension" &&
        !IsOfModule(graph_, node) && !IsOfModule(graph_, parent)) {
      return 0;
    }
    node = parent;
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
