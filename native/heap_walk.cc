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
#include "heap_snapshot.h"

namespace abtrace {
namespace {

using Clock = std::chrono::steady_clock;

// Looking an object up by its id costs V8 a walk of the whole heap.
constexpr std::chrono::milliseconds kLookUpBudget(400);
constexpr size_t kViewExamples = 3;
// On heaps of so many objects that costs little enough for a few in any case.
constexpr uint32_t kSmallHeap = 300'000;
constexpr int kLookUpsOnSmallHeap = 10;

double MsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin)
      .count();
}

// One walk; see HeapWalk.
class Walker {
 public:
  Walker(v8::Isolate* isolate, const HeapGraph* graph,
         const HeapWalkOptions* options)
      : isolate_(isolate),
        profiler_(isolate->GetHeapProfiler()),
        graph_(*graph),
        options_(*options) {}

  void Run(const std::vector<LiveRecord>& records, HeapWalk* walk);

 private:
  void Join(const std::vector<LiveRecord>& records, HeapWalk* walk);
  void AddBlock(const LiveRecord& record, const BufferData& data,
                HeapWalk* walk);
  void AddFound(const BufferData& data);
  void FindNativeHolders(HeapWalk* walk);
  void LookUp(HeapWalk* walk);
  Kind KindOf(uint32_t buffer);
  void Describe(const HeapScripts& scripts, HeapWalk* walk);
  uint32_t Keep(std::string_view text);
  uint32_t KeepEdgeName(std::string_view name);
  // What is to be counted of a path that ends at `node`, and the shape.
  uint32_t ShapeOf(uint32_t node) { return shapes_->ShapeOf(node); }

  struct FoundKey {
    uint32_t shape;
    Kind kind;
    bool operator<(const FoundKey& other) const {
      return shape != other.shape ? shape < other.shape : kind < other.kind;
    }
  };
  struct FoundGroup {
    FoundKey key;
    uint64_t bytes = 0, count = 0;
    uint32_t example = 0;  // An ArrayBuffer.
  };

  v8::Isolate* const isolate_;
  v8::HeapProfiler* const profiler_;
  const HeapGraph& graph_;
  const HeapWalkOptions& options_;
  RetainingTree tree_;
  std::unique_ptr<PathShapes> shapes_;
  HeapBuffers buffers_;
  std::vector<FoundGroup> found_;
  std::unordered_map<uint64_t, size_t> found_index_;
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

void Walker::AddBlock(const LiveRecord& record, const BufferData& data,
                      HeapWalk* walk) {
  HeapWalk::Block block;
  block.record = record;
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
  const uint64_t bytes = graph_.node_sizes[data.node];
  if (bytes == 0 || (bytes < options_.threshold_bytes && !data.wasm)) return;
  uint32_t holder = 0;
  for (const uint32_t node : data.views) {
    if (holder == 0 && tree_.Reaches(node)) holder = node;
  }
  for (const uint32_t node : data.buffers) {
    if (holder == 0 && tree_.Reaches(node)) holder = node;
  }
  if (holder == 0 || data.buffers.empty()) return;
  const Kind kind = data.wasm     ? Kind::kWasm
                    : data.shared ? Kind::kShared
                                  : Kind::kArrayBuffer;
  const uint32_t shape = ShapeOf(holder);
  const uint64_t key = (uint64_t{shape} << 8) | static_cast<uint64_t>(kind);
  const auto [found, is_new] = found_index_.try_emplace(key, found_.size());
  if (is_new) found_.push_back({{shape, kind}, 0, 0, data.buffers.front()});
  FoundGroup& group = found_[found->second];
  group.bytes += bytes;
  ++group.count;
}

void Walker::Join(const std::vector<LiveRecord>& records, HeapWalk* walk) {
  std::vector<bool> joined(buffers_.data.size(), false);
  std::vector<std::pair<const void*, size_t>> carved;  // By address.
  std::vector<LiveRecord> parts;
  for (const LiveRecord& record : records) {
    const v8::SnapshotObjectId id = profiler_->GetObjectId(
        static_cast<v8::NativeObject>(const_cast<void*>(record.address)));
    const auto found = id == v8::HeapProfiler::kUnknownObjectId
                           ? buffers_.by_id.end()
                           : buffers_.by_id.find(id);
    if (found == buffers_.by_id.end()) {
      parts.push_back(record);
      continue;
    }
    joined[found->second] = true;
    // Memory that grows has a record for each piece that it grew by.
    if (record.carved != 0 ||
        graph_.node_sizes[buffers_.data[found->second].node] > record.size)
      carved.emplace_back(record.address, found->second);
    AddBlock(record, buffers_.data[found->second], walk);
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
      AddBlock(part, buffers_.data[index], walk);
  }
  for (size_t i = 0; i < buffers_.data.size(); ++i) {
    if (!joined[i]) AddFound(buffers_.data[i]);
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

Kind Walker::KindOf(uint32_t buffer) {
  const v8::HandleScope scope(isolate_);
  const v8::Local<v8::Value> value =
      profiler_->FindObjectById(graph_.node_ids[buffer]);
  if (value.IsEmpty()) return Kind::kOther;
  if (value->IsSharedArrayBuffer()) {
    return value.As<v8::SharedArrayBuffer>()
                   ->GetBackingStore()
                   ->IsResizableByUserJavaScript()
               ? Kind::kResizable
               : Kind::kShared;
  }
  if (!value->IsArrayBuffer()) return Kind::kOther;
  return value.As<v8::ArrayBuffer>()
                 ->GetBackingStore()
                 ->IsResizableByUserJavaScript()
             ? Kind::kResizable
             : Kind::kArrayBuffer;
}

// What only the objects themselves can tell: what kind a buffer is that was
// found, how much of a block a view shows. The biggest groups first, one or a
// few of each, as time allows.
void Walker::LookUp(HeapWalk* walk) {
  const Clock::time_point begin = Clock::now();
  Clock::duration dearest{0};
  int free_of_charge =
      graph_.node_count() < kSmallHeap ? kLookUpsOnSmallHeap : 0;
  const auto is_affordable = [&](Clock::duration budget) {
    return free_of_charge > 0 || Clock::now() - begin + dearest < budget;
  };
  const auto timed = [&](auto look) {
    --free_of_charge;
    const Clock::time_point before = Clock::now();
    look();
    dearest = std::max(dearest, Clock::now() - before);
  };
  std::unordered_map<uint32_t, uint64_t> bytes;
  for (const HeapWalk::Block& block : walk->blocks) {
    if (block.views == 0) continue;
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
      if (!is_affordable(kLookUpBudget / 2)) break;
      timed([&] {
        const v8::HandleScope scope(isolate_);
        const v8::Local<v8::Value> value =
            profiler_->FindObjectById(graph_.node_ids[view]);
        if (value.IsEmpty() || !value->IsArrayBufferView()) return;
        total +=
            static_cast<double>(value.As<v8::ArrayBufferView>()->ByteLength());
        ++looked_at;
      });
    }
    if (looked_at > 0) walk->view_bytes.emplace_back(shape, total / looked_at);
  }
  if (graph_.node_count() < kSmallHeap)
    free_of_charge = kLookUpsOnSmallHeap / 3;
  std::sort(found_.begin(), found_.end(),
            [](const FoundGroup& a, const FoundGroup& b) {
              return a.bytes > b.bytes;
            });
  for (FoundGroup& group : found_) {
    if (group.key.kind == Kind::kWasm) continue;
    if (!is_affordable(kLookUpBudget)) break;
    timed([&] { group.key.kind = KindOf(group.example); });
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
  for (const FoundGroup& group : found_) {
    walk->found.push_back({renumbered[group.key.shape], group.key.kind,
                           group.bytes, group.count});
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

void Walker::Run(const std::vector<LiveRecord>& records, HeapWalk* walk) {
  const HeapScripts scripts(&graph_, *options_.rules);
  tree_ = FindRetainingTree(graph_,
                            ReferenceCosts(&graph_, scripts.FindAvoidedNodes()),
                            scripts.UserScopes());
  shapes_ = std::make_unique<PathShapes>(&graph_, &tree_);
  buffers_ = FindHeapBuffers(graph_);
  Join(records, walk);
  FindNativeHolders(walk);
  LookUp(walk);
  Describe(scripts, walk);
  walk->nodes = graph_.node_count();
  walk->edges = static_cast<uint32_t>(graph_.edge_targets.size());
  walk->done = true;
}

}  // namespace

HeapWalk WalkHeap(v8::Isolate* isolate, std::vector<LiveRecord> records,
                  const HeapWalkOptions& options) {
  const Clock::time_point begin = Clock::now();
  HeapWalk walk;
  {
    ObjectIds ids(isolate);
    HeapGraph graph;
    if (TakeHeapGraph(isolate, records, &graph)) {
      ids.tracked = graph.tracked;
      Walker(isolate, &graph, &options).Run(records, &walk);
    }
  }
  walk.paused_ms = MsSince(begin);
  return walk;
}

}  // namespace abtrace
