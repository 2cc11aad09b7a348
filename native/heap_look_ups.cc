// Look-ups and their cost; see the header.
#include "heap_look_ups.h"

#include <v8.h>

#include <algorithm>
#include <memory>

namespace abtrace {
namespace {

// On heaps of so many objects a look-up costs little.
constexpr uint32_t kSmallHeap = 300'000;

}  // namespace

HeapLookUps::HeapLookUps(v8::Isolate* isolate, const HeapGraph* graph)
    : isolate_(isolate),
      profiler_(isolate->GetHeapProfiler()),
      graph_(*graph) {}

void HeapLookUps::Allow(std::chrono::milliseconds budget, int on_small_heap) {
  left_ = budget;
  free_of_charge_ = graph_.node_count() < kSmallHeap ? on_small_heap : 0;
}

bool HeapLookUps::CanAfford() const {
  return free_of_charge_ > 0 || dearest_ < left_;
}

v8::Local<v8::Value> HeapLookUps::Find(uint32_t node) {
  const Clock::time_point begin = Clock::now();
  const v8::Local<v8::Value> value =
      profiler_->FindObjectById(graph_.node_ids[node]);
  const Clock::duration cost = Clock::now() - begin;
  dearest_ = std::max(dearest_, cost);
  left_ -= cost;
  --free_of_charge_;
  return value;
}

HeapLookUps::Buffer HeapLookUps::BufferAt(uint32_t node) {
  const v8::HandleScope scope(isolate_);
  const v8::Local<v8::Value> value = Find(node);
  std::shared_ptr<v8::BackingStore> store;
  Buffer buffer;
  if (value.IsEmpty()) return buffer;
  if (value->IsSharedArrayBuffer()) {
    buffer.kind = Kind::kShared;
    store = value.As<v8::SharedArrayBuffer>()->GetBackingStore();
  } else if (value->IsArrayBuffer()) {
    buffer.kind = Kind::kArrayBuffer;
    store = value.As<v8::ArrayBuffer>()->GetBackingStore();
  }
  if (store == nullptr) return buffer;
  buffer.bytes = store->ByteLength();
  if (store->IsResizableByUserJavaScript()) buffer.kind = Kind::kResizable;
  return buffer;
}

std::optional<uint64_t> HeapLookUps::ViewBytesAt(uint32_t node) {
  const v8::HandleScope scope(isolate_);
  const v8::Local<v8::Value> value = Find(node);
  if (value.IsEmpty() || !value->IsArrayBufferView()) return std::nullopt;
  return value.As<v8::ArrayBufferView>()->ByteLength();
}

std::optional<HeapLookUps::Memory> HeapLookUps::MemoryAt(uint32_t node) {
  const v8::HandleScope scope(isolate_);
  const v8::Local<v8::Value> value = Find(node);
  if (value.IsEmpty() || !value->IsWasmMemoryObject()) return std::nullopt;
  const v8::Local<v8::Value> buffer =
      value.As<v8::WasmMemoryObject>()->Buffer();
  std::shared_ptr<v8::BackingStore> store;
  if (buffer->IsSharedArrayBuffer()) {
    store = buffer.As<v8::SharedArrayBuffer>()->GetBackingStore();
  } else {
    store = buffer.As<v8::ArrayBuffer>()->GetBackingStore();
  }
  if (store == nullptr) return std::nullopt;
  return Memory{store->Data(), store->ByteLength()};
}

}  // namespace abtrace
