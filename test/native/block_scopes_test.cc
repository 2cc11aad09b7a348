// The names of variables that are declared in blocks, from snapshots of a few
// nodes.
#include "core/block_scopes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heap_text.h"

namespace abtrace {
namespace {

struct Block {
  std::vector<std::string> names;  // What its ScopeInfo has.
  uint32_t references = 1;
  std::string node = "system / Context";
};

// The names of the references of a block, hidden ones as "".
std::vector<std::string> NamesOf(const Block& block) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t scope = text.Node("object", block.node);
  const uint32_t info = text.Node("code", "system / ScopeInfo");
  text.Edge(root, "shortcut", "1", scope);
  text.Edge(scope, "internal", "scope_info", info);
  uint32_t index = 0;
  for (const std::string& name : block.names)
    text.Hidden(info, index++, text.Node("string", name));
  text.Hidden(info, index, info);
  text.Hidden(info, index + 1, text.Node("string", "not a variable"));
  for (uint32_t i = 0; i < block.references; ++i)
    text.Hidden(scope, i, text.Node("object", "Array"));

  HeapGraph graph;
  EXPECT_TRUE(text.Read(&graph));
  std::vector<std::string> names;
  for (uint32_t edge = graph.first_edges[scope] + 1;
       edge < graph.first_edges[scope + 1]; ++edge) {
    EXPECT_EQ(graph.edge_types[edge] == EdgeType::kContext,
              !graph.EdgeName(edge).empty());
    names.emplace_back(graph.EdgeName(edge));
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(BlockScopes, NameEachVariableWhereAllAreReferences) {
  EXPECT_EQ(NamesOf({{"kept", "others"}, 2}), (Names{"kept", "others"}));
}

TEST(BlockScopes, NameAllThatItMayBeWhereSomeAreNoReferences) {
  EXPECT_EQ(NamesOf({{"bytes", "kept"}, 1}), (Names{"bytes|kept"}));
  EXPECT_EQ(NamesOf({{"a", "b", "c"}, 2}), (Names{"a|b", "b|c"}));
}

TEST(BlockScopes, LeaveAloneWhatDoesNotFit) {
  EXPECT_EQ(NamesOf({{"kept"}, 2}), (Names{"", ""}));
  EXPECT_EQ(NamesOf({{}, 1}), (Names{""}));
  EXPECT_EQ(NamesOf({{"kept"}, 1, "Session"}), (Names{""}));
  EXPECT_EQ(NamesOf({Names(80, "one"), 1}).size(), 1u);
}

TEST(BlockScopes, LeaveFunctionsTheNamesThatTheyHave) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t scope = text.Node("object", "system / Context");
  const uint32_t info = text.Node("code", "system / ScopeInfo");
  const uint32_t kept = text.Node("object", "Array");
  text.Edge(root, "shortcut", "1", scope);
  text.Edge(scope, "internal", "scope_info", info);
  text.Edge(scope, "context", "kept", kept);
  text.Hidden(scope, 0, kept);
  text.Hidden(info, 0, text.Node("string", "other"));
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const uint32_t last = graph.first_edges[scope + 1] - 1;
  EXPECT_EQ(graph.edge_types[last], EdgeType::kHidden);
  EXPECT_EQ(graph.Follow(scope, EdgeType::kContext, "kept"), kept);
}

}  // namespace
}  // namespace abtrace
