// Memory that never passes the allocator but whose making and growth
// JavaScript's hooks report: of WebAssembly.Memory, of resizable ArrayBuffers
// and of growable shared ones, and what Node's own code brings along.
#ifndef ABTRACE_NATIVE_PAGE_STORES_H_
#define ABTRACE_NATIVE_PAGE_STORES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/growing_block.h"
#include "core/live_set.h"
#include "v8_compat.h"

namespace abtrace {

// Any thread; one mutex, under which V8 is not called but for what asks a store
// for its size.
//
// Exact without being told of frees: what is kept is a weak pointer to V8's own
// backing store, which lives for as long as any thread, message or collected
// but unswept buffer needs the memory, and which knows its size. So a buffer
// that is transferred to another thread, a shared one, a memory that grows by
// an instruction of its own code: all come out right whenever they are read.
class PageStores {
 public:
  // What `external` of process.memoryUsage() counts of it, as far as it was
  // made by one thread.
  struct External {
    uint64_t resizable_bytes = 0;
    uint64_t wasm_bytes = 0;
  };

  // The store is there and has the size that it has now; what it grew by since
  // the last time belongs to `site`.
  void Note(const std::shared_ptr<v8::BackingStore>& store, Site* site,
            uint32_t time_ms);

  // Brings the tallies of all sites up to date: stores that are gone, growth
  // that nobody noted (it belongs to who made the store).
  void Settle(uint32_t time_ms);

  // A part of a store that is alive. Addresses are those of the memory: parts
  // follow each other.
  struct Part {
    LiveRecord record;
    const void* data;  // Where the memory of its store begins.
  };
  std::vector<Part> Parts() const;

  External ExternalOf(uint32_t thread) const;

  // Whether a store with its memory at this address has been noted.
  bool Knows(const void* data) const;

 private:
  struct Entry {
    std::weak_ptr<v8::BackingStore> store;
    const void* data = nullptr;
    uint64_t first_bytes = 0;
    bool shared = false;
    GrowingBlock block;
  };
  // Settled once so many are there, and then twice as many as were left.
  static constexpr size_t kFirstSettled = 1024;

  void SettleLocked(uint32_t time_ms,
                    std::vector<std::shared_ptr<v8::BackingStore>>* held);

  mutable std::mutex mutex_;
  std::unordered_map<const v8::BackingStore*, Entry> entries_;
  size_t settle_at_ = kFirstSettled;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_PAGE_STORES_H_
