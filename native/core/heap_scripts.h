// Which scripts the functions of a heap come from, and which objects no path
// should lead through.
#ifndef ABTRACE_NATIVE_CORE_HEAP_SCRIPTS_H_
#define ABTRACE_NATIVE_CORE_HEAP_SCRIPTS_H_

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "heap_graph.h"
#include "origin_rules.h"
#include "retaining_tree.h"

namespace abtrace {

// Where a function is defined, or the class of an object. Views into the graph;
// empty or 0 where unknown, lines and columns 1-based.
struct HeapPlace {
  std::string_view script;
  std::string_view function;
  uint32_t line = 0;
  uint32_t column = 0;
};

// Answers for one graph. It and the rules must outlive it. One thread.
class HeapScripts {
 public:
  HeapScripts(const HeapGraph* graph, const OriginRules& rules);

  // abtrace's functions and their scopes, its modules in the module cache, and
  // the list of running resources of async_hooks, by node: what they hold is
  // seldom what keeps a program's memory.
  std::vector<bool> FindAvoidedNodes() const;

  // The scopes of the modules of user code: their variables are there for as
  // long as anything of the module is, and are what people know.
  std::vector<uint32_t> UserScopes() const;

  // The scopes of Node's own modules and those of all builtins, by node.
  std::vector<bool> FindCrowdedNodes() const;

  // Of a function its own place, of an object that of its class, of a scope or
  // a suspended function a function that sees it: `tree` is asked for one.
  HeapPlace PlaceOf(uint32_t node, const RetainingTree& tree) const;

 private:
  uint32_t FunctionNear(uint32_t node, const RetainingTree& tree) const;

  struct Script {
    std::string_view name;
    Origin origin;
  };

  void FindScopes();

  const HeapGraph& graph_;
  const OriginRules& rules_;
  // By the id that locations have.
  std::unordered_map<uint32_t, Script> scripts_;
  // A function that was made in each.
  std::unordered_map<uint32_t, uint32_t> user_scopes_;
  std::unordered_set<uint32_t> nodes_scopes_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_HEAP_SCRIPTS_H_
