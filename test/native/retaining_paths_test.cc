// The tree of cheapest ways against a slow model, and the shapes of paths.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/path_shapes.h"
#include "core/retaining_tree.h"
#include "heap_text.h"

namespace abtrace {
namespace {

RetainingTree TreeOf(const HeapGraph& graph) {
  return FindRetainingTree(
      graph, ReferenceCosts(&graph, std::vector<bool>(graph.node_count())));
}

TEST(RetainingTree, HasTheCheapestWayToEveryNode) {
  const char* types[] = {"property", "internal", "hidden", "weak", "context"};
  const char* names[] = {"a", "map", "__proto__", "native_to_javascript"};
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    HeapText text;
    text.Node("synthetic", "");
    const uint32_t count = 2 + static_cast<uint32_t>(random() % 60);
    for (uint32_t i = 1; i < count; ++i)
      text.Node(random() % 6 == 0 ? "code" : "object", "Object");
    for (uint32_t i = 0; i < count * 2; ++i) {
      text.Edge(static_cast<uint32_t>(random() % count), types[random() % 5],
                names[random() % 4],
                1 + static_cast<uint32_t>(random() % (count - 1)));
    }
    HeapGraph graph;
    ASSERT_TRUE(text.Read(&graph));
    std::vector<bool> avoided(count);
    for (uint32_t i = 1; i < count; ++i) avoided[i] = random() % 5 == 0;
    const ReferenceCosts costs(&graph, avoided);
    const RetainingTree tree = FindRetainingTree(graph, costs);

    // Relax every edge until nothing changes.
    constexpr uint64_t kFar = ~uint64_t{0};
    std::vector<uint64_t> distances(count, kFar);
    distances[0] = 0;
    for (bool changed = true; changed;) {
      changed = false;
      for (uint32_t node = 0; node < count; ++node) {
        if (distances[node] == kFar) continue;
        for (uint32_t edge = graph.first_edges[node];
             edge < graph.first_edges[node + 1]; ++edge) {
          const uint32_t cost = costs.Of(node, edge);
          if (cost == ReferenceCosts::kNever) continue;
          uint64_t& known = distances[graph.edge_targets[edge]];
          if (distances[node] + cost >= known) continue;
          known = distances[node] + cost;
          changed = true;
        }
      }
    }
    for (uint32_t node = 0; node < count; ++node) {
      ASSERT_EQ(tree.Reaches(node), distances[node] != kFar) << node;
      if (node == 0 || !tree.Reaches(node)) continue;
      const uint32_t edge = tree.edges[node];
      ASSERT_EQ(graph.edge_targets[edge], node);
      EXPECT_EQ(distances[node], distances[tree.parents[node]] +
                                     costs.Of(tree.parents[node], edge));
    }
  }
}

TEST(RetainingTree, DoesNotGoByWhatHoldsNothing) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t table = text.Node("array", "");
  const uint32_t key = text.Node("object", "Key");
  const uint32_t value = text.Node("object", "Value");
  const uint32_t weak = text.Node("object", "Weak");
  const std::string pair =
      "2 / part of key (Key @5) -> value (Value @7) pair in WeakMap (table @" +
      std::to_string(HeapText::IdOf(table)) + ")";
  text.Edge(root, "shortcut", "1", table);
  text.Edge(table, "internal", pair, value);
  text.Edge(key, "internal", pair, value);
  text.Edge(root, "weak", "target", weak);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const RetainingTree tree = TreeOf(graph);
  EXPECT_TRUE(tree.Reaches(table));
  EXPECT_FALSE(tree.Reaches(value));
  EXPECT_FALSE(tree.Reaches(weak));

  text.Edge(root, "property", "key", key);
  ASSERT_TRUE(text.Read(&graph));
  EXPECT_EQ(TreeOf(graph).parents[value], key);
}

// sessions Map ─ table ─ n ─► Session ─ chunks ─► Array ─ n ─► Uint8Array
HeapText Sessions(int sessions, int chunks, std::vector<uint32_t>* views) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t map = text.Node("object", "Map");
  const uint32_t table = text.Node("array", "");
  text.Edge(root, "shortcut", "sessions", map);
  text.Edge(map, "internal", "table", table);
  for (int i = 0; i < sessions; ++i) {
    const uint32_t session = text.Node("object", "Session");
    const uint32_t array = text.Node("object", "Array");
    text.Edge(table, "internal", std::to_string(3 + i), session);
    text.Edge(session, "property", "chunks", array);
    for (int j = 0; j < chunks; ++j) {
      views->push_back(text.Node("object", "Uint8Array"));
      text.Element(array, static_cast<uint32_t>(j), views->back());
    }
  }
  return text;
}

// A library's register of all its work against the program's own list, which is
// further away, and that against a detour by what leads everywhere.
TEST(RetainingTree, PrefersTheProgramsOwnVariables) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t scope = text.Node("object", "system / Context");
  const uint32_t buffer = text.Node("object", "Uint8Array");
  text.Edge(root, "property", "register", buffer);
  uint32_t last = scope;
  for (int i = 0; i < 20; ++i) {
    const uint32_t next = text.Node("object", "Object");
    text.Edge(last, "property", "of", next);
    last = next;
  }
  text.Edge(last, "property", "data", buffer);
  const uint32_t everything = text.Node("object", "system / Context");
  text.Edge(scope, "internal", "previous", everything);
  text.Edge(everything, "property", "data", buffer);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const std::vector<bool> none(graph.node_count());
  std::vector<bool> crowded = none;
  crowded[everything] = true;
  const auto parent_of_buffer = [&](const std::vector<uint32_t>& roots) {
    return FindRetainingTree(graph, ReferenceCosts(&graph, none, crowded),
                             roots)
        .parents[buffer];
  };
  EXPECT_EQ(parent_of_buffer({scope}), last);
  EXPECT_EQ(parent_of_buffer({}), root);
}

TEST(PathShapes, AreOneForAllEntriesAndElements) {
  std::vector<uint32_t> views;
  HeapGraph graph;
  ASSERT_TRUE(Sessions(20, 30, &views).Read(&graph, 4096));
  const RetainingTree tree = TreeOf(graph);
  PathShapes shapes(&graph, &tree);
  for (const uint32_t view : views)
    EXPECT_EQ(shapes.ShapeOf(view), shapes.ShapeOf(views[0]));
  const uint32_t last = shapes.ShapeOf(views[0]);
  std::vector<uint32_t> renumbered;
  const std::vector<Shape> all = shapes.Collapse(&renumbered);
  EXPECT_EQ(all.size(), 6u);
  for (uint32_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i].parent, i);
  EXPECT_EQ(graph.String(all[renumbered[last]].node_name), "Uint8Array");
}

TEST(PathShapes, EndForListsOfAnyLength) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  uint32_t node = text.Node("object", "Node");
  text.Edge(root, "shortcut", "head", node);
  std::vector<uint32_t> views;
  for (int i = 0; i < 3000; ++i) {
    views.push_back(text.Node("object", "Uint8Array"));
    text.Edge(node, "property", "data", views.back());
    const uint32_t next = text.Node("object", "Node");
    const uint32_t link = text.Node("object", "Link");
    text.Edge(node, "property", "link", link);
    text.Edge(link, "property", "next", next);
    node = next;
  }
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph, 4096));
  const RetainingTree tree = TreeOf(graph);
  PathShapes shapes(&graph, &tree);
  EXPECT_EQ(shapes.ShapeOf(views[100]), shapes.ShapeOf(views[2999]));
  std::vector<uint32_t> renumbered;
  const std::vector<Shape> all = shapes.Collapse(&renumbered);
  EXPECT_LT(all.size(), 20u);
  EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                          [](const Shape& shape) { return shape.repeats; }));
}

TEST(PathShapes, KeepTwoEqualStepsApart) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t outer = text.Node("object", "Object");
  const uint32_t inner = text.Node("object", "Object");
  text.Edge(root, "property", "data", outer);
  text.Edge(outer, "property", "data", inner);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const RetainingTree tree = TreeOf(graph);
  PathShapes shapes(&graph, &tree);
  EXPECT_NE(shapes.ShapeOf(outer), shapes.ShapeOf(inner));
}

TEST(PathShapes, GiveUpNamesWhereThereAreTooMany) {
  for (const auto& [prefix, count, any] :
       std::vector<std::tuple<std::string, int, bool>>{{"key-", 5, true},
                                                       {"key-", 3, false}}) {
    HeapText text;
    const uint32_t root = text.Node("synthetic", "");
    const uint32_t object = text.Node("object", "Object");
    text.Edge(root, "shortcut", "cache", object);
    std::vector<uint32_t> views;
    for (int i = 0; i < count; ++i) {
      views.push_back(text.Node("object", "Buffer"));
      text.Edge(object, "property", prefix + std::to_string(i), views.back());
    }
    HeapGraph graph;
    ASSERT_TRUE(text.Read(&graph));
    const RetainingTree tree = TreeOf(graph);
    PathShapes shapes(&graph, &tree);
    std::vector<uint32_t> ends;
    for (const uint32_t view : views) ends.push_back(shapes.ShapeOf(view));
    std::vector<uint32_t> renumbered;
    const std::vector<Shape> all = shapes.Collapse(&renumbered);
    EXPECT_EQ(all[renumbered[ends[0]]].edge_name == Shape::kAnyName, any);
    EXPECT_EQ(renumbered[ends[0]] == renumbered[ends[1]], any);
  }
}

}  // namespace
}  // namespace abtrace
