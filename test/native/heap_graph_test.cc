// Reading snapshots: whole, in pieces of any size, and what is not one.
#include "core/heap_graph.h"

#include <gtest/gtest.h>

#include <random>

#include "core/heap_buffers.h"
#include "core/heap_scripts.h"
#include "core/heap_strings.h"
#include "heap_text.h"

namespace abtrace {
namespace {

HeapText Small() {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t global = text.Node("object", "global");
  const uint32_t closure = text.Node("closure", "f");
  const uint32_t shared = text.Node("code", "shared function info");
  const uint32_t script = text.Node("code", "/srv/a.js");
  const uint32_t buffer = text.Node("object", "ArrayBuffer");
  const uint32_t data =
      text.Node("native", "system / JSArrayBufferData", 5'000'000'000);
  const uint32_t view = text.Node("object", "Uint8Array");
  text.Node("string", "what a program has said");
  text.Edge(root, "shortcut", "1", global);
  text.Edge(global, "property", "handler", closure);
  text.Element(global, 7, view);
  text.Edge(closure, "internal", "shared", shared);
  text.Edge(shared, "internal", "script", script);
  text.Edge(view, "internal", "buffer", buffer);
  text.Edge(buffer, "internal", "backing_store", data);
  text.Location(closure, 12, 4, 9);
  return text;
}

TEST(HeapGraph, IsReadInPiecesOfAnySize) {
  const HeapText text = Small();
  for (const size_t piece : {1, 2, 3, 7, 64, 100'000}) {
    SCOPED_TRACE(piece);
    HeapGraph graph;
    ASSERT_TRUE(text.Read(&graph, piece));
    ASSERT_EQ(graph.node_count(), 9u);
    EXPECT_EQ(graph.NodeName(1), "global");
    EXPECT_EQ(graph.node_types[2], NodeType::kClosure);
    EXPECT_EQ(graph.node_sizes[6], 5'000'000'000u);
    EXPECT_EQ(graph.node_ids[6], HeapText::IdOf(6));
    EXPECT_EQ(graph.EdgeName(graph.first_edges[1]), "handler");
    EXPECT_EQ(graph.Follow(1, EdgeType::kProperty, "handler"), 2u);
    EXPECT_EQ(graph.Follow(1, EdgeType::kProperty, "other"), 0u);
    ASSERT_NE(graph.LocationOf(2), nullptr);
    EXPECT_EQ(graph.LocationOf(2)->line, 5u);
    EXPECT_EQ(graph.LocationOf(2)->column, 10u);
    EXPECT_EQ(graph.LocationOf(3), nullptr);
    // Of the program's own strings only names of files are kept.
    EXPECT_EQ(graph.NodeName(8), "");
    EXPECT_FALSE(graph.tracked);
  }
}

// As those who run modules within a function of their own compile them.
TEST(HeapGraph, PlacesCodeBeforeTheFirstColumnThere) {
  HeapText text = Small();
  text.Location(5, 12, 3, -200);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph, 1));
  ASSERT_NE(graph.LocationOf(5), nullptr);
  EXPECT_EQ(graph.LocationOf(5)->line, 4u);
  EXPECT_EQ(graph.LocationOf(5)->column, 1u);
}

TEST(HeapGraph, KnowsThatSomebodyTracksAllocations) {
  HeapText text = Small();
  text.trace_tree = "1,0,3,120,[2,1,0,0,[]]";
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  EXPECT_TRUE(graph.tracked);
  EXPECT_EQ(graph.node_count(), 9u);
}

TEST(HeapGraph, DecodesAndCutsNames) {
  HeapText text;
  text.Node("synthetic", "");
  text.Node("object", "a\\\"b\\\\c\\n\\u00e9\\ud83d\\ude00");
  text.Node("object", std::string(5000, 'x'));
  text.Node("object", std::string(199, 'x') + "\xc3\xa9tail");
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  EXPECT_EQ(graph.NodeName(1), "a\"b\\c\n\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(graph.NodeName(2).size(), 200u);
  EXPECT_EQ(graph.NodeName(3).size(), 199u);
}

TEST(HeapGraph, IsRefusedCutOffAnywhere) {
  const std::string text = Small().Text();
  for (size_t length = 0; length < text.size() - 1; ++length) {
    HeapGraphReader reader;
    HeapGraph graph;
    reader.Feed(text.data(), length);
    EXPECT_FALSE(reader.Finish(&graph)) << length;
  }
}

TEST(HeapGraph, SurvivesTextsWithAnyByteChanged) {
  const std::string whole = Small().Text();
  std::mt19937_64 random(1);
  for (int i = 0; i < 4'000; ++i) {
    std::string text = whole;
    for (int changes = 0; changes < 3; ++changes) {
      text[random() % text.size()] = "0123456789[]{},\"\\un:x"[random() % 21];
    }
    HeapGraphReader reader;
    HeapGraph graph;
    if (!reader.Feed(text.data(), text.size()) || !reader.Finish(&graph))
      continue;
    ASSERT_EQ(graph.first_edges.size(), graph.node_count() + 1u);
    for (const uint32_t target : graph.edge_targets)
      ASSERT_LT(target, graph.node_count());
    for (uint32_t node = 0; node < graph.node_count(); ++node)
      graph.NodeName(node);
    FindHeapBuffers(graph);
  }
}

TEST(HeapBuffers, KnowsTheBuffersAndViewsOfMemory) {
  HeapGraph graph;
  ASSERT_TRUE(Small().Read(&graph));
  const HeapBuffers buffers = FindHeapBuffers(graph);
  ASSERT_EQ(buffers.data.size(), 1u);
  EXPECT_EQ(buffers.data[0].node, 6u);
  EXPECT_EQ(buffers.data[0].buffers, std::vector<uint32_t>{5});
  EXPECT_EQ(buffers.data[0].views, std::vector<uint32_t>{7});
  EXPECT_FALSE(buffers.data[0].wasm);
  EXPECT_EQ(buffers.by_id.at(HeapText::IdOf(6)), 0u);
}

TEST(HeapBuffers, TellsWebAssemblyMemoryFromAClassOfThatName) {
  HeapText text;
  text.Node("synthetic", "");
  for (const char* type : {"hidden", "property"}) {
    const uint32_t memory = text.Node("object", "Memory");
    const uint32_t buffer = text.Node("object", "ArrayBuffer");
    const uint32_t data = text.Node("native", "system / JSArrayBufferData", 9);
    text.Edge(memory, type, "buffer", buffer);
    text.Edge(buffer, "internal", "backing_store", data);
  }
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const HeapBuffers buffers = FindHeapBuffers(graph);
  ASSERT_EQ(buffers.data.size(), 2u);
  EXPECT_TRUE(buffers.data[0].wasm);
  EXPECT_FALSE(buffers.data[1].wasm);
}

TEST(HeapBuffers, NamesWebAssemblyMemoryThatHasNoBufferYet) {
  HeapText text;
  text.Node("synthetic", "");
  const uint32_t memory = text.Node("object", "Memory");
  const uint32_t store = text.Node("hidden", "system / Foreign");
  text.Edge(memory, "hidden", "", store);
  text.Node("object", "Memory");  // Of a class of the program's.
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  EXPECT_EQ(FindHeapBuffers(graph).bare_memories,
            std::vector<uint32_t>{memory});
}

TEST(HeapStrings, AreAddedUpAsTheVersionCountsThem) {
  HeapText text;
  text.Node("synthetic", "");
  const uint32_t root = text.Node("synthetic", "(External strings)");
  for (const char* shape : {"OneByte", "TwoByte"}) {
    const uint32_t string = text.Node("string", "text", 1032);
    text.Edge(root, "internal", "1", string);
    const uint32_t map = text.Node(
        "hidden", std::string("system / Map (External") + shape + "String)");
    text.Edge(string, "internal", "map", map);
  }
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  EXPECT_EQ(ExternalStringBytes(graph, false), 2000);
  EXPECT_EQ(ExternalStringBytes(graph, true), 1500);
  ASSERT_TRUE(Small().Read(&graph));
  EXPECT_EQ(ExternalStringBytes(graph, false), -1);
}

TEST(HeapScripts, FindsPlacesAndOwnFunctions) {
  HeapGraph graph;
  ASSERT_TRUE(Small().Read(&graph));
  OriginRules rules;
  const HeapScripts scripts(&graph, rules);
  const RetainingTree tree =
      FindRetainingTree(graph, ReferenceCosts(&graph, std::vector<bool>(9)));
  const HeapPlace place = scripts.PlaceOf(2, tree);
  EXPECT_EQ(place.script, "/srv/a.js");
  EXPECT_EQ(place.function, "f");
  EXPECT_EQ(place.line, 5u);
  EXPECT_EQ(scripts.PlaceOf(5, tree).script, "");
  EXPECT_FALSE(scripts.FindAvoidedNodes()[2]);
  rules.own_prefixes = {{"/srv/", Origin::kSelf}};
  EXPECT_TRUE(HeapScripts(&graph, rules).FindAvoidedNodes()[2]);
}

TEST(HeapScripts, KnowsTheScopesOfModulesOfUserCode) {
  HeapText text;
  text.Node("synthetic", "");
  const uint32_t builtins = text.Node("hidden", "system / NativeContext");
  const auto module = [&](const std::string& file, uint32_t script_id) {
    const uint32_t scope = text.Node("object", "system / Context");
    const uint32_t inner = text.Node("object", "system / Context");
    const uint32_t shared = text.Node("code", "shared");
    const uint32_t script = text.Node("code", "system / Script / " + file);
    text.Edge(shared, "internal", "script", script);
    text.Edge(scope, "internal", "previous", builtins);
    text.Edge(inner, "internal", "previous", scope);
    for (const uint32_t around : {scope, inner}) {
      const uint32_t function = text.Node("closure", "f");
      text.Edge(function, "internal", "shared", shared);
      text.Edge(function, "internal", "context", around);
      text.Location(function, script_id, 0, 0);
    }
    return scope;
  };
  const uint32_t scope = module("/srv/app.js", 1);
  module("/srv/node_modules/x/index.js", 2);
  const uint32_t nodes_scope = module("node:fs", 3);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const OriginRules rules;
  const HeapScripts scripts(&graph, rules);
  EXPECT_EQ(scripts.UserScopes(), std::vector<uint32_t>{scope});
  const RetainingTree tree = FindRetainingTree(
      graph, ReferenceCosts(&graph, std::vector<bool>(graph.node_count())),
      scripts.UserScopes());
  EXPECT_TRUE(tree.Reaches(scope));
  const std::vector<bool> crowded = scripts.FindCrowdedNodes();
  EXPECT_TRUE(crowded[builtins]);
  EXPECT_TRUE(crowded[nodes_scope]);
  EXPECT_FALSE(crowded[scope]);
  EXPECT_EQ(scripts.PlaceOf(scope, tree).script, "/srv/app.js");
}

// A function's shared part in V8 before 12, with a debugger and without.
TEST(HeapScripts, FindsScriptsWhereOlderV8HasThem) {
  HeapText text;
  text.Node("synthetic", "");
  const uint32_t source = text.Node("string", "f()");
  const auto function = [&](const std::string& file, uint32_t id, bool debug) {
    const uint32_t closure = text.Node("closure", "f");
    const uint32_t shared = text.Node("code", "f");
    const uint32_t script = text.Node("code", file);
    const uint32_t notes =
        debug ? text.Node("code", "system / DebugInfo") : script;
    text.Edge(closure, "internal", "shared", shared);
    text.Edge(shared, "internal", "script_or_debug_info", notes);
    text.Edge(script, "internal", "source", source);
    if (debug) text.Edge(notes, "hidden", "2", shared);
    if (debug) text.Edge(notes, "hidden", "3", script);
    text.Location(closure, id, 0, 0);
    return closure;
  };
  const uint32_t plain = function("/srv/a.js", 1, false);
  const uint32_t debugged = function("/srv/b.js", 2, true);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const OriginRules rules;
  const HeapScripts scripts(&graph, rules);
  EXPECT_EQ(scripts.PlaceOf(plain, {}).script, "/srv/a.js");
  EXPECT_EQ(scripts.PlaceOf(debugged, {}).script, "/srv/b.js");
}

TEST(HeapScripts, AvoidsTheListOfRunningResources) {
  HeapText text;
  const uint32_t root = text.Node("synthetic", "");
  const uint32_t scope = text.Node("object", "system / Context");
  const uint32_t list = text.Node("object", "Array");
  text.Edge(root, "shortcut", "1", scope);
  text.Edge(scope, "context", "execution_async_resources", list);
  HeapGraph graph;
  ASSERT_TRUE(text.Read(&graph));
  const OriginRules rules;
  const std::vector<bool> avoided =
      HeapScripts(&graph, rules).FindAvoidedNodes();
  EXPECT_TRUE(avoided[list]);
  EXPECT_FALSE(avoided[scope]);
}

}  // namespace
}  // namespace abtrace
