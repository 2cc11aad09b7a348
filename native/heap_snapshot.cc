// Snapshots by way of their text; see the header.
#include "heap_snapshot.h"

#include <node.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "v8_compat.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

namespace abtrace {
namespace {

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

bool TakeSnapshot(v8::HeapProfiler* profiler, HeapGraph* graph) {
  HeapGraphReader reader;
  const v8::HeapSnapshot* snapshot = profiler->TakeHeapSnapshot();
  if (snapshot == nullptr) return false;
  ReaderStream stream(&reader);
  snapshot->Serialize(&stream);
  const_cast<v8::HeapSnapshot*>(snapshot)->Delete();
  return reader.Finish(graph);
}

// While it lives, Node does not add its own objects to snapshots.
class WithoutNodesObjects {
 public:
  explicit WithoutNodesObjects(v8::Isolate* isolate)
      : profiler_(isolate->GetHeapProfiler()) {
#ifndef _WIN32
    const v8::HandleScope scope(isolate);
    const v8::Local<v8::Context> context = isolate->GetCurrentContext();
    if (!context.IsEmpty()) environment_ = node::GetCurrentEnvironment(context);
    // node::Environment::BuildEmbedderGraph
    callback_ = reinterpret_cast<Callback>(
        dlsym(RTLD_DEFAULT,
              "_ZN4node11Environment18BuildEmbedderGraphEPN2v87IsolateEPNS1_"
              "13EmbedderGraphEPv"));
#endif
    if (ok())
      profiler_->RemoveBuildEmbedderGraphCallback(callback_, environment_);
  }
  ~WithoutNodesObjects() {
    if (ok()) profiler_->AddBuildEmbedderGraphCallback(callback_, environment_);
  }
  WithoutNodesObjects(const WithoutNodesObjects&) = delete;
  WithoutNodesObjects& operator=(const WithoutNodesObjects&) = delete;

  bool ok() const { return callback_ != nullptr && environment_ != nullptr; }

 private:
  using Callback = v8::HeapProfiler::BuildEmbedderGraphCallback;

  v8::HeapProfiler* const profiler_;
  void* environment_ = nullptr;
  Callback callback_ = nullptr;
};

// Whether Node's own objects would tell more, and can be told safely.
bool WantsNodesObjects(v8::HeapProfiler* profiler, const HeapGraph& graph,
                       const std::vector<LiveRecord>& records) {
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (graph.node_types[node] == NodeType::kObject &&
        graph.NodeName(node).find("FileHandle") != std::string_view::npos) {
      return false;
    }
  }
  constexpr uint64_t kWorthwhileBytes = 4096;
  return std::any_of(
      records.begin(), records.end(), [profiler](const LiveRecord& record) {
        return record.size >= kWorthwhileBytes &&
               profiler->GetObjectId(static_cast<v8::NativeObject>(
                   const_cast<void*>(record.address))) ==
                   v8::HeapProfiler::kUnknownObjectId;
      });
}

}  // namespace

ObjectIds::ObjectIds(v8::Isolate* isolate)
    : profiler_(isolate->GetHeapProfiler()) {
  const v8::HandleScope scope(isolate);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  known_before_ =
      !context.IsEmpty() && profiler_->GetObjectId(context->Global()) !=
                                v8::HeapProfiler::kUnknownObjectId;
}

ObjectIds::~ObjectIds() {
  if (!known_before_ && !tracked) profiler_->ClearObjectIds();
}

bool TakeHeapGraph(v8::Isolate* isolate, const std::vector<LiveRecord>& records,
                   HeapGraph* graph) {
  v8::HeapProfiler* profiler = isolate->GetHeapProfiler();
  if (!kNodesGraphMayCrash) return TakeSnapshot(profiler, graph);
  {
    const WithoutNodesObjects without(isolate);
    if (!without.ok() || !TakeSnapshot(profiler, graph)) return false;
  }
  HeapGraph whole;
  if (WantsNodesObjects(profiler, *graph, records) &&
      TakeSnapshot(profiler, &whole)) {
    *graph = std::move(whole);
  }
  return true;
}

}  // namespace abtrace
