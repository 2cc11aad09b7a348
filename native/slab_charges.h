// Charges slabs to the sites whose views keep them alive.
#ifndef ABTRACE_NATIVE_SLAB_CHARGES_H_
#define ABTRACE_NATIVE_SLAB_CHARGES_H_

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "core/site_table.h"
#include "v8_compat.h"

namespace abtrace {

// What became of the slabs; plain data.
struct SlabCharges {
  struct Sum {
    // Live, of slabs that were charged by their views; how many of these bytes
    // belong to slabs whose views were not noted.
    uint64_t bytes = 0;
    uint64_t count = 0;
    uint64_t estimated_bytes = 0;
    // What the site got so, less what it lost.
    int64_t moved_bytes = 0;
    int64_t moved_count = 0;
  };
  std::unordered_map<const Site*, Sum> sites;
};

// Looks at the views of all live slabs, in this isolate and in all others that
// take part, and gives each slab to the site that it belongs to. Collects
// garbage. Where this would be dear it is left out unless `thorough`: where the
// slabs are few, or their heap is large. Only on the isolate's thread.
SlabCharges ChargeLiveSlabs(v8::Isolate* self,
                            std::chrono::milliseconds patience, bool thorough);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_SLAB_CHARGES_H_
