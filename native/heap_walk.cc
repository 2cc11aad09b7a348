// The walk of one heap; see the header.
//
//   V8's snapshot ─ text ─► HeapGraph ─► RetainingTree ─► PathShapes
//        │                     │
//        └ ids by address ─────┴─► the data of the ArrayBuffers ─► blocks
//
// V8 gives no way to the objects of a snapshot but by search, no names but as
// new strings on the heap, and no places of functions at all, except in the
// text that it writes for files. So that text is read.
#include "heap_walk.h"

#include <v8-profiler.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "core/heap_buffers.h"
#include "core/heap_scripts.h"
#include "core/heap_strings.h"
#include "found_buffers.h"
#include "heap_look_ups.h"
#include "heap_snapshot.h"
#include "v8_compat.h"

namespace abtrace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kViewsBudget(200);
constexpr std::chrono::milliseconds kOthersBudget(200);
constexpr int kViewsOnSmallHeap = 10;
constexpr int kOthersOnSmallHeap = 10;
constexpr size_t kViewExamples = 3;

double MsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin)
      .count();
}

// One walk; see HeapWalk.
class Walker {
 public:
  Walker(v8::Isolate* isolate, const HeapGraph* graph,
         const HeapWalkOptions* options)
      : profiler_(isolate->GetHeapProfiler()),
        graph_(*graph),
        options_(*options),
        look_ups_(isolate, graph) {}

  void Run(const LiveMemory& memory, HeapWalk* walk);

 private:
  // The number of what lies at an address in `buffers_`, or kNotThere.
  size_t DataAt(const void* address) const;
  void Join(const LiveMemory& memory, HeapWalk* walk);
  void JoinBlocks(const std::vector<LiveRecord>& records, HeapWalk* walk);
  void JoinMemories(const std::vector<PageStores::Part>& parts, HeapWalk* walk);
  void AddBlock(HeapWalk::Block block, const BufferData& data, HeapWalk* walk);
  void AddFound(const BufferData& data);
  void AddFound(uint32_t holder, Kind kind, uint64_t bytes, uint32_t example);
  void FindNativeHolders(HeapWalk* walk);
  void LookAtViews(HeapWalk* walk);
  void Describe(const HeapScripts& scripts, HeapWalk* walk);
  uint32_t Keep(std::string_view text);
  uint32_t KeepEdgeName(std::string_view name);
  // What is to be counted of a path that ends at `node`, and the shape.
  uint32_t ShapeOf(uint32_t node) { return shapes_->ShapeOf(node); }

  static constexpr size_t kNotThere = static_cast<size_t>(-1);

  v8::HeapProfiler* const profiler_;
  const HeapGraph& graph_;
  const HeapWalkOptions& options_;
  HeapLookUps look_ups_;
  RetainingTree tree_;
  std::unique_ptr<PathShapes> shapes_;
  HeapBuffers buffers_;
  std::vector<bool> joined_;  // By place in `buffers_`.
  FoundBuffers found_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> view_examples_;
  std::unordered_map<std::string, uint32_t> string_index_;
  std::vector<std::string> strings_{""};
};

uint32_t Walker::Keep(std::string_view text) {
  const auto [found, is_new] = string_index_.try_emplace(
      std::string(text), static_cast<uint32_t>(strings_.size()));
  if (text.empty()) return 0;
  if (is_new) strings_.emplace_back(text);
  return found->second;
}

// A WeakMap is told by the name of what holds it: "part of key (_chunks".
uint32_t Walker::KeepEdgeName(std::string_view name) {
  constexpr std::string_view kPartOfKey = "part of key (";
  if (!name.starts_with(kPartOfKey)) return Keep(name);
  const auto table =
      std::find(graph_.node_ids.begin(), graph_.node_ids.end(), TableId(name));
  if (table == graph_.node_ids.end()) return Keep(kPartOfKey);
  const uint32_t map =
      tree_.parents[static_cast<size_t>(table - graph_.node_ids.begin())];
  if (map == RetainingTree::kNone || map == 0) return Keep(kPartOfKey);
  const uint32_t edge = tree_.edges[map];
  const EdgeType type = graph_.edge_types[edge];
  const bool is_named =
      type == EdgeType::kContext || type == EdgeType::kProperty;
  return Keep(std::string(kPartOfKey) +
              std::string(is_named ? graph_.EdgeName(edge) : ""));
}

void Walker::AddBlock(HeapWalk::Block block, const BufferData& data,
                      HeapWalk* walk) {
  block.first_holder = static_cast<uint32_t>(walk->holders.size());
  const auto add = [&](uint32_t node, bool is_view) {
    if (!tree_.Reaches(node)) return;
    const uint32_t shape = ShapeOf(node);
    if (is_view) {
      ++block.views;
      std::vector<uint32_t>& examples = view_examples_[shape];
      if (examples.size() < kViewExamples) examples.push_back(node);
    }
    for (size_t i = block.first_holder; i < walk->holders.size(); ++i) {
      if (walk->holders[i].step != shape) continue;
      ++walk->holders[i].views;
      return;
    }
    walk->holders.push_back({shape, 1});
  };
  for (const uint32_t view : data.views) add(view, true);
  if (block.views == 0) {
    for (const uint32_t buffer : data.buffers) add(buffer, false);
  }
  if (walk->holders.size() == block.first_holder) add(data.node, false);
  block.holder_count =
      static_cast<uint32_t>(walk->holders.size()) - block.first_holder;
  // Reached by nothing strong: it is about to go.
  if (block.holder_count > 0) walk->blocks.push_back(block);
}

void Walker::AddFound(const BufferData& data) {
  const auto first_reached = [this](const std::vector<uint32_t>& nodes) {
    const auto reached =
        std::find_if(nodes.begin(), nodes.end(),
                     [this](uint32_t node) { return tree_.Reaches(node); });
    return reached == nodes.end() ? 0 : *reached;
  };
  if (data.buffers.empty()) return;
  uint32_t holder = first_reached(data.views);
  if (holder == 0) holder = first_reached(data.buffers);
  if (holder == 0) return;
  const Kind kind = data.wasm     ? Kind::kWasm
                    : data.shared ? Kind::kShared
                                  : Kind::kArrayBuffer;
  AddFound(holder, kind, graph_.node_sizes[data.node], data.buffers.front());
}

void Walker::AddFound(uint32_t holder, Kind kind, uint64_t bytes,
                      uint32_t example) {
  if (bytes == 0 || (bytes < options_.threshold_bytes && kind != Kind::kWasm))
    return;
  found_.Add(ShapeOf(holder), kind, bytes, example);
}

size_t Walker::DataAt(const void* address) const {
  const v8::SnapshotObjectId id = profiler_->GetObjectId(
      static_cast<v8::NativeObject>(const_cast<void*>(address)));
  if (id == v8::HeapProfiler::kUnknownObjectId) return kNotThere;
  const auto found = buffers_.by_id.find(id);
  return found == buffers_.by_id.end() ? kNotThere : found->second;
}

void Walker::JoinBlocks(const std::vector<LiveRecord>& records,
                        HeapWalk* walk) {
  std::vector<std::pair<const void*, size_t>> carved;  // By address.
  std::vector<LiveRecord> parts;
  for (const LiveRecord& record : records) {
    const size_t at = DataAt(record.address);
    if (at == kNotThere) {
      parts.push_back(record);
      continue;
    }
    joined_[at] = true;
    if (record.carved != 0) carved.emplace_back(record.address, at);
    AddBlock({.record = record}, buffers_.data[at], walk);
  }
  // What was carved out of a block is held by what holds the block.
  std::sort(carved.begin(), carved.end());
  for (const LiveRecord& part : parts) {
    auto after = std::upper_bound(carved.begin(), carved.end(), part.address,
                                  [](const void* address, const auto& block) {
                                    return address < block.first;
                                  });
    if (after == carved.begin()) continue;
    const auto& [address, index] = *--after;
    const auto offset = static_cast<const char*>(part.address) -
                        static_cast<const char*>(address);
    if (static_cast<uint64_t>(offset) <
        graph_.node_sizes[buffers_.data[index].node])
      AddBlock({.record = part}, buffers_.data[index], walk);
  }
}

// From V8 14 on a WebAssembly.Memory has no ArrayBuffer until it is asked for
// one: only the object knows where its memory is.
void Walker::JoinMemories(const std::vector<PageStores::Part>& parts,
                          HeapWalk* walk) {
  look_ups_.Allow(kOthersBudget, kOthersOnSmallHeap);
  for (const uint32_t memory : buffers_.bare_memories) {
    if (!look_ups_.CanAfford()) return;
    if (!tree_.Reaches(memory)) continue;
    const auto found = look_ups_.MemoryAt(memory);
    if (!found) continue;
    bool noted = false;
    BufferData data;
    data.node = memory;
    data.buffers.push_back(memory);
    for (const PageStores::Part& part : parts) {
      if (part.data != found->data) continue;
      noted = true;
      AddBlock({.record = part.record}, data, walk);
    }
    if (!noted) AddFound(memory, Kind::kWasm, found->bytes, memory);
  }
}

void Walker::Join(const LiveMemory& memory, HeapWalk* walk) {
  joined_.assign(buffers_.data.size(), false);
  JoinBlocks(memory.blocks, walk);
  std::vector<PageStores::Part> others;
  for (const PageStores::Part& part : memory.parts) {
    const size_t at = DataAt(part.data);
    if (at == kNotThere) {
      if (part.record.site->key().kind == Kind::kWasm) others.push_back(part);
      continue;
    }
    joined_[at] = true;
    AddBlock({.record = part.record}, buffers_.data[at], walk);
  }
  for (const SampledSet::Live& sample : memory.samples) {
    const size_t at = DataAt(sample.address);
    if (at == kNotThere) continue;
    joined_[at] = true;
    HeapWalk::Block block;
    block.record.address = sample.address;
    block.record.size = sample.size;
    block.record.site = sample.site;
    block.record.time_ms = sample.time_ms;
    block.stands_for = sample.count;
    block.sampled = true;
    AddBlock(block, buffers_.data[at], walk);
  }
  JoinMemories(others, walk);
  for (size_t i = 0; i < buffers_.data.size(); ++i) {
    if (!joined_[i]) AddFound(buffers_.data[i]);
  }
}

void Walker::FindNativeHolders(HeapWalk* walk) {
  std::unordered_map<uint32_t, uint64_t> messages;
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] != NodeType::kNative || !tree_.Reaches(node))
      continue;
    const std::string_view name = graph_.NodeName(node);
    if (name == "Node / BackingStore" && graph_.node_sizes[node] > 0) {
      walk->stores.push_back({ShapeOf(node), graph_.node_sizes[node]});
    } else if (name == "Node / Message") {
      ++messages[ShapeOf(node)];
    }
  }
  for (const auto& [shape, count] : messages)
    walk->messages.push_back({shape, count});
}

// How much of a block a view shows: of a few of each shape, most bytes first.
void Walker::LookAtViews(HeapWalk* walk) {
  look_ups_.Allow(kViewsBudget, kViewsOnSmallHeap);
  std::unordered_map<uint32_t, uint64_t> bytes;
  for (const HeapWalk::Block& block : walk->blocks) {
    if (block.views == 0 || block.sampled) continue;
    for (uint32_t i = 0; i < block.holder_count; ++i)
      bytes[walk->holders[block.first_holder + i].step] += block.record.size;
  }
  std::vector<std::pair<uint64_t, uint32_t>> order;
  for (const auto& [shape, held] : bytes) order.emplace_back(held, shape);
  std::sort(order.rbegin(), order.rend());
  for (const auto& [held, shape] : order) {
    double total = 0;
    int looked_at = 0;
    for (const uint32_t view : view_examples_[shape]) {
      if (!look_ups_.CanAfford()) break;
      const auto shown = look_ups_.ViewBytesAt(view);
      if (!shown) continue;
      total += static_cast<double>(*shown);
      ++looked_at;
    }
    if (looked_at > 0) walk->view_bytes.emplace_back(shape, total / looked_at);
  }
}

// From shapes that number nodes and strings of the graph to steps that stand
// alone, and only those that lead somewhere.
void Walker::Describe(const HeapScripts& scripts, HeapWalk* walk) {
  std::vector<uint32_t> renumbered;
  const std::vector<Shape> shapes = shapes_->Collapse(&renumbered);
  for (HeapWalk::Holder& holder : walk->holders)
    holder.step = renumbered[holder.step];
  for (HeapWalk::Store& store : walk->stores)
    store.step = renumbered[store.step];
  for (HeapWalk::Messages& messages : walk->messages)
    messages.step = renumbered[messages.step];
  for (auto& [shape, bytes] : walk->view_bytes) shape = renumbered[shape];
  for (const FoundBuffers::Group& group : found_.groups()) {
    walk->found.push_back(
        {renumbered[group.shape], group.kind, group.bytes, group.count});
  }
  walk->steps.reserve(shapes.size());
  for (const Shape& shape : shapes) {
    HeapWalk::Step step;
    step.shape = shape;
    if (shape.edge_name < graph_.string_count())
      step.edge_name = KeepEdgeName(graph_.String(shape.edge_name));
    step.node_name = Keep(graph_.String(shape.node_name));
    const HeapPlace place = scripts.PlaceOf(shape.example, tree_);
    step.script = Keep(place.script);
    step.function = Keep(place.function);
    step.line = place.line;
    step.column = place.column;
    walk->steps.push_back(step);
  }
  walk->strings = std::move(strings_);
}

void Walker::Run(const LiveMemory& memory, HeapWalk* walk) {
  const HeapScripts scripts(&graph_, *options_.rules);
  const ReferenceCosts costs(&graph_, scripts.FindAvoidedNodes(),
                             scripts.FindCrowdedNodes());
  tree_ = FindRetainingTree(graph_, costs, scripts.UserScopes());
  shapes_ = std::make_unique<PathShapes>(&graph_, &tree_);
  buffers_ = FindHeapBuffers(graph_);
  Join(memory, walk);
  FindNativeHolders(walk);
  if (kSnapshotsHaveExternalStrings) {
    walk->external_string_bytes =
        ExternalStringBytes(graph_, kExternalCountsCharacters);
  }
  LookAtViews(walk);
  look_ups_.Allow(kOthersBudget, kOthersOnSmallHeap / 3);
  found_.LookUp(&look_ups_);
  Describe(scripts, walk);
  walk->nodes = graph_.node_count();
  walk->edges = static_cast<uint32_t>(graph_.edge_targets.size());
  walk->done = true;
}

}  // namespace

HeapWalk WalkHeap(v8::Isolate* isolate, const LiveMemory& memory,
                  const HeapWalkOptions& options) {
  const Clock::time_point begin = Clock::now();
  HeapWalk walk;
  {
    ObjectIds ids(isolate);
    HeapGraph graph;
    if (TakeHeapGraph(isolate, memory.blocks, &graph)) {
      ids.tracked = graph.tracked;
      Walker(isolate, &graph, &options).Run(memory, &walk);
    }
  }
  walk.paused_ms = MsSince(begin);
  return walk;
}

}  // namespace abtrace
