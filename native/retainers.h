// What keeps the live allocations of the whole process alive: the walks of all
// isolates, put together.
#ifndef ABTRACE_NATIVE_RETAINERS_H_
#define ABTRACE_NATIVE_RETAINERS_H_

#include <v8.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/path_shapes.h"
#include "core/types.h"

namespace abtrace {

// Plain data. Sites are numbered as in SessionSnapshot::sites; steps are
// numbered over all walks, parents before their children.
struct Retainers {
  enum class Status : uint8_t { kDone = 0, kNotAnswered, kFailed, kRefused };

  struct Walk {
    uint32_t thread = 0;
    Status status = Status::kNotAnswered;
    uint32_t nodes = 0;
    uint32_t edges = 0;
    double paused_ms = 0;
    uint64_t reached_bytes = 0;
    uint64_t reached_count = 0;
    int64_t external_string_bytes = -1;  // -1: not known.
    // Of blocks that other threads allocated and this one reaches, and the
    // other way round: they were transferred. Shared ones do not count.
    uint64_t moved_in_bytes = 0;
    uint64_t moved_out_bytes = 0;
  };
  struct Step {
    uint32_t walk;
    uint32_t parent;
    EdgeType edge_type;
    NodeType node_type;
    bool repeats;
    bool any_name;  // Too many names to tell stand for one.
    // Indices into `strings`; 0 for none. Places are 1-based, 0 if unknown.
    uint32_t edge_name, node_name, script, function, line, column;
  };
  // So much of a site is held by the path that ends at `step`.
  struct Hold {
    uint32_t site;
    uint32_t step;
    uint64_t bytes;
    uint64_t count;
    // By native code, as far as sizes and counts tell: no ArrayBuffer is on the
    // path.
    bool natively;
    // Of the site's samples below the threshold: bytes and count are estimates.
    bool sampled;
  };
  // Buffers that are no allocation of ours.
  struct Found {
    uint32_t step;
    Kind kind;
    uint64_t bytes;
    uint64_t count;
  };
  // So much of a site is reached by no ArrayBuffer.
  struct Rest {
    uint32_t site;
    uint64_t bytes = 0;
    uint64_t count = 0;
  };
  // Allocations of a site of which views show less than half.
  struct Pinned {
    uint32_t site;
    uint64_t held_bytes = 0;
    uint64_t used_bytes = 0;
    uint64_t count = 0;
    uint64_t views = 0;
  };

  std::vector<std::string> strings;
  std::vector<Walk> walks;
  std::vector<Step> steps;
  std::vector<Hold> holds;  // Most bytes first.
  std::vector<Found> found;
  std::vector<Rest> rests;
  std::vector<Pinned> pinned;
};

// Walks the heap of this isolate and of all others that take part; threads
// that are blocked for longer than `patience` are left out. Null without a
// session. Only on the isolate's thread.
std::unique_ptr<Retainers> FindRetainers(v8::Isolate* self,
                                         std::chrono::milliseconds patience);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_RETAINERS_H_
