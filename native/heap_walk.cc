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

#include "v8_compat.h"

namespace abtrace {
namespace {

using Clock = std::chrono::steady_clock;

// Looking an object up by its id costs V8 a walk of the whole heap.
constexpr std::chrono::milliseconds kLookUpBudget(400);
constexpr size_t kViewExamples = 3;

double MsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin)
      .count();
}

class ReaderStream final : public v8::OutputStream {
 public:
  explicit ReaderStream(HeapGraphReader* reader) : reader_(reader) {}

  int GetChunkSize() override { return 1 << 20; }
  void EndOfStream() override {}
  WriteResult WriteAsciiChunk(char* data, int size) override {
    return reader_->Feed(data, static_cast<size_t>(size)) ? kContinue : kAbort;
  }

 private:
  HeapGraphReader* const reader_;
};

// V8 gives ids to objects when a snapshot is taken, and keeps them until it is
// told to clear them. Where they are known before, somebody else's tool (the
// inspector, v8.writeHeapSnapshot) has asked for them, and may come back.
class ObjectIds {
 public:
  explicit ObjectIds(v8::Isolate* isolate)
      : profiler_(isolate->GetHeapProfiler()) {
    const v8::HandleScope scope(isolate);
    const v8::Local<v8::Context> context = isolate->GetCurrentContext();
    known_before_ = !context.IsEmpty() &&
                    profiler_->GetObjectId(context->Global()) !=
                        v8::HeapProfiler::kUnknownObjectId;
  }
  ~ObjectIds() {
    if (!known_before_ && !tracked) profiler_->ClearObjectIds();
  }
  ObjectIds(const ObjectIds&) = delete;
  ObjectIds& operator=(const ObjectIds&) = delete;

  bool tracked = true;  // Until the snapshot has shown that nobody tracks.

 private:
  v8::HeapProfiler* const profiler_;
  bool known_before_ = false;
};

bool TakeGraph(v8::HeapProfiler* profiler, HeapGraph* graph) {
  HeapGraphReader reader;
  const v8::HeapSnapshot* snapshot = profiler->TakeHeapSnapshot();
  if (snapshot == nullptr) return false;
  ReaderStream stream(&reader);
  snapshot->Serialize(&stream);
  const_cast<v8::HeapSnapshot*>(snapshot)->Delete();
  return reader.Finish(graph);
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
  // An ArrayBuffer's memory, and who leads to it.
  struct Data {
    uint32_t node = 0;
    std::vector<uint32_t> buffers;
    std::vector<uint32_t> views;
    bool wasm = false;
  };

  void FindScripts();
  std::vector<bool> FindOwnNodes() const;
  void FindData();
  void Join(const std::vector<LiveRecord>& records, HeapWalk* walk);
  void AddBlock(const LiveRecord& record, const Data& data, HeapWalk* walk);
  void AddFound(const Data& data);
  void FindNativeHolders(HeapWalk* walk);
  void LookUp(HeapWalk* walk);
  Kind KindOf(uint32_t buffer);
  void Describe(HeapWalk* walk);
  void DescribePlace(uint32_t node, HeapWalk::Step* step);
  uint32_t FunctionNear(uint32_t node) const;
  bool IsOwn(std::string_view script) const;
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
  std::unordered_map<uint32_t, uint32_t> script_nodes_;  // By V8's id.
  std::vector<Data> data_;
  std::unordered_map<uint32_t, size_t> data_by_id_;
  std::vector<bool> joined_;
  std::vector<FoundGroup> found_;
  std::unordered_map<uint64_t, size_t> found_index_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> view_examples_;
  std::unordered_map<std::string, uint32_t> string_index_;
  std::vector<std::string> strings_{""};
};

std::string_view ScriptName(const HeapGraph& graph, uint32_t script_node) {
  std::string_view name = graph.NodeName(script_node);
  constexpr std::string_view kPrefix = "system / Script / ";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name == "system / Script" ? std::string_view() : name;
}

bool Walker::IsOwn(std::string_view script) const {
  for (const auto& [prefix, is_own] : options_.own_prefixes) {
    if (script.starts_with(prefix)) return is_own;
  }
  return false;
}

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
  const bool is_named = type == EdgeType::kContext || type == EdgeType::kProperty;
  return Keep(std::string(kPartOfKey) +
              std::string(is_named ? graph_.EdgeName(edge) : ""));
}

// Places name scripts by id; the way from a function to its script is in the
// graph.
void Walker::FindScripts() {
  for (const HeapGraph::Location& location : graph_.locations) {
    if (graph_.node_types[location.node] != NodeType::kClosure ||
        script_nodes_.contains(location.script)) {
      continue;
    }
    const uint32_t shared =
        graph_.Follow(location.node, EdgeType::kInternal, "shared");
    if (shared == 0) continue;
    const uint32_t script =
        graph_.Follow(shared, EdgeType::kInternal, "script");
    if (script != 0) script_nodes_.emplace(location.script, script);
  }
}

// abtrace's functions, and its modules in the module cache: what they hold is
// seldom what keeps a program's memory.
std::vector<bool> Walker::FindOwnNodes() const {
  std::vector<bool> own(graph_.node_count(), false);
  if (options_.own_prefixes.empty()) return own;
  std::unordered_map<uint32_t, bool> own_scripts;
  for (const auto& [id, node] : script_nodes_)
    own_scripts.emplace(id, IsOwn(ScriptName(graph_, node)));
  for (const HeapGraph::Location& location : graph_.locations) {
    const auto found = own_scripts.find(location.script);
    if (found != own_scripts.end() && found->second) own[location.node] = true;
  }
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] != NodeType::kObject ||
        graph_.NodeName(node) != "Module") {
      continue;
    }
    const uint32_t file =
        graph_.Follow(node, EdgeType::kProperty, "filename");
    if (file != 0 && IsOwn(graph_.NodeName(file))) own[node] = true;
  }
  return own;
}

// Who leads to the memory of ArrayBuffers: buffers, and the views of these.
void Walker::FindData() {
  std::unordered_map<uint32_t, size_t> by_node;
  std::unordered_map<uint32_t, size_t> by_buffer;
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] != NodeType::kNative ||
        graph_.NodeName(node) != "system / JSArrayBufferData") {
      continue;
    }
    by_node.emplace(node, data_.size());
    data_by_id_.emplace(graph_.node_ids[node], data_.size());
    data_.push_back({});
    data_.back().node = node;
  }
  const auto for_each_edge = [this](std::string_view name, auto visit) {
    for (uint32_t node = 0; node < graph_.node_count(); ++node) {
      for (uint32_t edge = graph_.first_edges[node];
           edge < graph_.first_edges[node + 1]; ++edge) {
        if (graph_.edge_types[edge] == EdgeType::kInternal &&
            graph_.EdgeName(edge) == name) {
          visit(node, graph_.edge_targets[edge]);
        }
      }
    }
  };
  for_each_edge("backing_store", [&](uint32_t buffer, uint32_t target) {
    const auto found = by_node.find(target);
    if (found == by_node.end()) return;
    by_buffer.emplace(buffer, found->second);
    data_[found->second].buffers.push_back(buffer);
  });
  for_each_edge("buffer", [&](uint32_t view, uint32_t buffer) {
    const auto found = by_buffer.find(buffer);
    if (found != by_buffer.end()) data_[found->second].views.push_back(view);
  });
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    if (graph_.node_types[node] != NodeType::kObject &&
        graph_.node_types[node] != NodeType::kNative) {
      continue;
    }
    const std::string_view name = graph_.NodeName(node);
    if (name != "Memory" && name != "WebAssembly.Memory") continue;
    for (uint32_t edge = graph_.first_edges[node];
         edge < graph_.first_edges[node + 1]; ++edge) {
      if (graph_.edge_types[edge] != EdgeType::kHidden &&
          graph_.edge_types[edge] != EdgeType::kInternal) {
        continue;
      }
      const auto found = by_buffer.find(graph_.edge_targets[edge]);
      if (found != by_buffer.end()) data_[found->second].wasm = true;
    }
  }
}

void Walker::AddBlock(const LiveRecord& record, const Data& data,
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

void Walker::AddFound(const Data& data) {
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
  const bool shared =
      graph_.NodeName(data.buffers.front()) == "SharedArrayBuffer";
  const Kind kind = data.wasm ? Kind::kWasm
                    : shared  ? Kind::kShared
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
  joined_.assign(data_.size(), false);
  std::vector<std::pair<const void*, size_t>> carved;  // By address.
  std::vector<LiveRecord> parts;
  for (const LiveRecord& record : records) {
    const v8::SnapshotObjectId id = profiler_->GetObjectId(
        static_cast<v8::NativeObject>(const_cast<void*>(record.address)));
    const auto found = id == v8::HeapProfiler::kUnknownObjectId
                           ? data_by_id_.end()
                           : data_by_id_.find(id);
    if (found == data_by_id_.end()) {
      parts.push_back(record);
      continue;
    }
    joined_[found->second] = true;
    if (record.carved != 0)
      carved.emplace_back(record.address, found->second);
    AddBlock(record, data_[found->second], walk);
  }
  // What was carved out of a block is held by what holds the block.
  std::sort(carved.begin(), carved.end());
  for (const LiveRecord& part : parts) {
    auto after = std::upper_bound(
        carved.begin(), carved.end(), part.address,
        [](const void* address, const auto& block) {
          return address < block.first;
        });
    if (after == carved.begin()) continue;
    const auto& [address, index] = *--after;
    const auto offset = static_cast<const char*>(part.address) -
                        static_cast<const char*>(address);
    if (static_cast<uint64_t>(offset) < graph_.node_sizes[data_[index].node])
      AddBlock(part, data_[index], walk);
  }
  for (size_t i = 0; i < data_.size(); ++i) {
    if (!joined_[i]) AddFound(data_[i]);
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
  const auto is_affordable = [&] {
    return Clock::now() - begin + dearest < kLookUpBudget;
  };
  const auto timed = [&](auto look) {
    const Clock::time_point before = Clock::now();
    look();
    dearest = std::max(dearest, Clock::now() - before);
  };
  std::sort(found_.begin(), found_.end(),
            [](const FoundGroup& a, const FoundGroup& b) {
              return a.bytes > b.bytes;
            });
  for (FoundGroup& group : found_) {
    if (group.key.kind == Kind::kWasm) continue;
    if (!is_affordable()) break;
    timed([&] { group.key.kind = KindOf(group.example); });
  }
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
      if (!is_affordable()) break;
      timed([&] {
        const v8::HandleScope scope(isolate_);
        const v8::Local<v8::Value> value =
            profiler_->FindObjectById(graph_.node_ids[view]);
        if (value.IsEmpty() || !value->IsArrayBufferView()) return;
        total += static_cast<double>(
            value.As<v8::ArrayBufferView>()->ByteLength());
        ++looked_at;
      });
    }
    if (looked_at > 0) walk->view_bytes.emplace_back(shape, total / looked_at);
  }
}

// A function at or above a node that sees what the node is: the function
// itself, or for a scope one that was made in it.
uint32_t Walker::FunctionNear(uint32_t node) const {
  for (int steps = 0; steps < 64; ++steps) {
    if (graph_.node_types[node] == NodeType::kClosure) return node;
    const uint32_t function =
        graph_.Follow(node, EdgeType::kInternal, "function");
    if (function != 0 && graph_.node_types[function] == NodeType::kClosure)
      return function;
    if (node == 0 || tree_.parents[node] == RetainingTree::kNone) return 0;
    const std::string_view by = graph_.EdgeName(tree_.edges[node]);
    if (by != "context" && by != "previous") return 0;
    node = tree_.parents[node];
  }
  return 0;
}

void Walker::DescribePlace(uint32_t node, HeapWalk::Step* step) {
  if (graph_.NodeName(node) == "Module") {
    const uint32_t file =
        graph_.Follow(node, EdgeType::kProperty, "filename");
    if (file != 0) step->script = Keep(graph_.NodeName(file));
    return;
  }
  const HeapGraph::Location* location = graph_.LocationOf(node);
  if (location == nullptr) {
    const uint32_t function = FunctionNear(node);
    if (function == 0) return;
    step->function = Keep(graph_.NodeName(function));
    location = graph_.LocationOf(function);
  } else if (graph_.node_types[node] == NodeType::kClosure) {
    step->function = Keep(graph_.NodeName(node));
  }
  if (location == nullptr) return;
  step->line = location->line;
  step->column = location->column;
  const auto script = script_nodes_.find(location->script);
  if (script != script_nodes_.end())
    step->script = Keep(ScriptName(graph_, script->second));
}

// From shapes that number nodes and strings of the graph to steps that stand
// alone, and only those that lead somewhere.
void Walker::Describe(HeapWalk* walk) {
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
    DescribePlace(shape.example, &step);
    walk->steps.push_back(step);
  }
  walk->strings = std::move(strings_);
}

void Walker::Run(const std::vector<LiveRecord>& records, HeapWalk* walk) {
  FindScripts();
  tree_ = FindRetainingTree(graph_, ReferenceCosts(&graph_, FindOwnNodes()));
  shapes_ = std::make_unique<PathShapes>(&graph_, &tree_);
  FindData();
  Join(records, walk);
  FindNativeHolders(walk);
  LookUp(walk);
  Describe(walk);
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
    if (TakeGraph(isolate->GetHeapProfiler(), &graph)) {
      ids.tracked = graph.tracked;
      Walker(isolate, &graph, &options).Run(records, &walk);
    }
  }
  walk.paused_ms = MsSince(begin);
  return walk;
}

}  // namespace abtrace
