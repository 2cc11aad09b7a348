// The small vocabulary that the core structures share: kinds, origins and the
// ids that name interned things. Plain data; no Node, no V8.
#ifndef ABTRACE_NATIVE_CORE_TYPES_H_
#define ABTRACE_NATIVE_CORE_TYPES_H_

#include <cstddef>
#include <cstdint>

namespace abtrace {

// Bytes that processors hand to each other whole; more of it does no harm.
inline constexpr size_t kCacheLine = 64;

// Ids index tables that only grow; 0 always means "none" (for strings: the
// empty string).
using StringId = uint32_t;
using FrameId = uint32_t;
using StackId = uint32_t;
using ContextId = uint32_t;

// The order is the one of `kKinds` in lib/native.ts.
enum class Kind : uint8_t {
  kArrayBuffer = 0,
  kShared,
  kResizable,
  kWasm,
  kExternal,
  kOther
};

// The order of the first four is the one of `kOrigins` in lib/native.ts. The
// last two never reach a dump: frames of abtrace itself are left out of stacks.
enum class Origin : uint8_t {
  kUser = 0,
  kDependency,
  kNode,
  kNative,
  kSelf,  // abtrace at work for itself (writing a dump): the allocation is
          // abtrace's own.
  kTransparent,  // abtrace calling user code or watching it (hooks, labels):
                 // left out.
  kTaker,  // User code that was handed what a dependency has read; it stands
           // where it did something else with it in hand.
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_TYPES_H_
