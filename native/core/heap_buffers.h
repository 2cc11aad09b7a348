// The memory of the ArrayBuffers on a heap, and who leads to it.
#ifndef ABTRACE_NATIVE_CORE_HEAP_BUFFERS_H_
#define ABTRACE_NATIVE_CORE_HEAP_BUFFERS_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "heap_graph.h"

namespace abtrace {

//   Uint8Array ─ buffer ─► ArrayBuffer ─ backing_store ─► JSArrayBufferData
//   `views`                `buffers`                      `node`
struct BufferData {
  uint32_t node = 0;
  std::vector<uint32_t> buffers;
  std::vector<uint32_t> views;
  bool wasm = false;    // The memory of a WebAssembly.Memory.
  bool shared = false;  // Of a SharedArrayBuffer.
};

// All of them on one graph.
struct HeapBuffers {
  std::vector<BufferData> data;
  // Places in `data`, by the id of its node.
  std::unordered_map<uint32_t, size_t> by_id;
  // Nodes of WebAssembly.Memory without an ArrayBuffer.
  std::vector<uint32_t> bare_memories;
};

HeapBuffers FindHeapBuffers(const HeapGraph& graph);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_HEAP_BUFFERS_H_
