// A block of memory that grows and shrinks in place, and which site each part
// of it belongs to.
#ifndef ABTRACE_NATIVE_CORE_GROWING_BLOCK_H_
#define ABTRACE_NATIVE_CORE_GROWING_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "site_table.h"

namespace abtrace {

// Not safe for threads; the sites that it tallies are. What is added belongs to
// the site that grew the block, what is taken away comes off the latest growth:
//
//   made by A  │ grown by B │ grown by C │
//              │            └──── shrunk ┘  off C first, then off B
//
// A site that grows a block again and again has one part of it.
class GrowingBlock {
 public:
  // What further sites add is counted for the last one.
  static constexpr size_t kMostParts = 64;

  struct Part {
    Site* site;
    uint64_t bytes;
    uint32_t time_ms;  // Of the site's first growth, since the tracer's start.
  };

  // The block has this size from now on; what it grew by belongs to `site`. The
  // first call makes it, of 0 bytes even.
  void Resize(uint64_t bytes, Site* site, uint32_t time_ms);
  // The block is gone.
  void Release();

  uint64_t bytes() const;
  // In the order of the sites' first growth; empty before the first Resize and
  // after Release.
  const std::vector<Part>& parts() const { return parts_; }

 private:
  void Shrink(uint64_t excess);

  std::vector<Part> parts_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_GROWING_BLOCK_H_
