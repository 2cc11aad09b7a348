// Reads the JavaScript frames of this thread's stack by following frame
// pointers, without a call into V8. Knows where to begin by trying it out;
// where that fails it says so, and V8 is asked instead.
#ifndef ABTRACE_NATIVE_FRAME_WALKER_H_
#define ABTRACE_NATIVE_FRAME_WALKER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "v8_compat.h"

namespace abtrace {

// Only on the isolate's thread. Never allocates on the V8 heap.
//
// V8 keeps the frame pointer of the latest call out of JavaScript
// (`c_entry_fp`) beside the isolate's other thread-local data, and links the
// frames of its own code by frame pointers, as its garbage collector needs
// them:
//
//   isolate: c_entry_fp ─┐
//                        ▼
//   exit frame       [fp] ─► caller's fp     [fp + 8] return address: its pc
//   JavaScript frame [fp - 8] context (odd), [fp - 32] bytecode, [fp - 40]
//   where stub's frame     [fp - 8] its type (even): no JavaScript entry frame
//   pc in JSEntry; [fp - n] c_entry_fp of the JavaScript below,
//        │           0 if there is none
//        └─► C++ frames, which are not looked at ─► exit frame …
//
// A walk gives one word for each JavaScript frame, the innermost first: where
// in its bytecode an interpreted function stands, or the pc in compiled code.
// That is what `Isolate::GetStackSample` gives, ten times as fast. Which pcs
// stand for an interpreted function is learnt from it, pc by pc: a frame of
// unknown kind ends the walk as kUnknown.
class FrameWalker {
 public:
  enum class Outcome : uint8_t {
    kWhole,    // All that was asked for is there.
    kUnknown,  // A frame is of unknown kind: see `Learn`.
    kNone,     // No walk is possible here: ask V8.
  };
  static constexpr size_t kMostFrames = 512;

  // What is seen from within a call out of JavaScript, which `Compare` takes
  // from one that is nested in it.
  struct Sighting {
    std::vector<uintptr_t> words;
  };

  // Not ready until `Compare` has succeeded.
  explicit FrameWalker(v8::Isolate* isolate);

  Sighting Look() const;
  // In a native function that JavaScript calls, which was called by the native
  // function that has looked: finds out where the frames are. False if they are
  // not where they should be; then the walker is never ready.
  bool Compare(const Sighting& outer);
  bool ready() const { return c_entry_fp_ != nullptr; }

  struct Walked {
    size_t count = 0;  // Of the words.
    // There may be further frames.
    bool cut = false;
    // That of the outermost frame that is no builtin; 0 without one.
    uintptr_t outermost_function = 0;
  };
  // Writes the words of the innermost frames into `words`, up to `functions`
  // frames that are not builtins, at most kMostFrames in all.
  Outcome Walk(uintptr_t* words, size_t functions, Walked* walked) const;
  // Compares the stack with what V8 says of it, frame by frame, and learns the
  // kinds of its frames. False if they differ: then no words may be relied on.
  bool Learn(void* const* sampled, size_t sampled_count, size_t functions);
  // To be called after a mark-compact: code may have moved.
  void Forget();

 private:
  struct Frame {
    uintptr_t pc;
    uintptr_t fp;
    bool of_javascript;  // Else of a builtin's stub, or of Wasm.
  };
  enum class Kind : uint8_t { kUnknown = 0, kInterpreted, kCompiled };
  struct KnownPc {
    uintptr_t pc = 0;
    Kind kind = Kind::kUnknown;
  };
  struct Range {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    bool Has(uintptr_t pc) const { return pc >= begin && pc < end; }
  };
  static constexpr size_t kMostKnown = 1u << 15;

  template <typename Visitor>
  bool ForEachFrame(uintptr_t exit_fp, Visitor visit) const;
  bool IsOnStack(uintptr_t address, uintptr_t above) const;
  bool IsEntry(uintptr_t pc) const;
  bool MayBeBuiltin(uintptr_t pc) const;
  bool IsNoFunction(uintptr_t word);
  Kind KindOf(uintptr_t pc) const;
  bool SetKind(uintptr_t pc, Kind kind);
  void GrowKnown();
  bool TryAt(size_t index, uintptr_t outer_fp, uintptr_t inner_fp);

  v8::Isolate* const isolate_;
  uintptr_t stack_base_ = 0;
  // Where V8's builtins may be: in the binary, or copied beside other code.
  Range builtins_[2];
  Range entries_[3];
  const uintptr_t* c_entry_fp_ = nullptr;
  size_t next_exit_words_ = 0;
  // Open addressing by pc; a power of two, at most half full.
  std::vector<KnownPc> known_;
  size_t known_count_ = 0;
  // The latest word that was found to lie in a library.
  uintptr_t in_library_ = 0;
};

// What V8 itself says of the stack; see `Isolate::GetStackSample`.
size_t SampleStack(v8::Isolate* isolate, void** pcs, size_t limit);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_FRAME_WALKER_H_
