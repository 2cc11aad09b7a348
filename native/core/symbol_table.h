// Interns strings, frames and stacks, so that each is stored once for the whole
// process and named by a small number. Knows nothing of V8: callers bring text
// and numbers.
#ifndef ABTRACE_NATIVE_CORE_SYMBOL_TABLE_H_
#define ABTRACE_NATIVE_CORE_SYMBOL_TABLE_H_

#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "types.h"

namespace abtrace {

// One line of a stack. `line` and `column` are 1-based; 0 when unknown.
struct Frame {
  StringId function = 0;
  StringId script = 0;
  uint32_t line = 0;
  uint32_t column = 0;
  Origin origin = Origin::kNative;

  bool operator==(const Frame&) const = default;
};

// What a dump needs of the table, copied under the lock in one go. Frame and
// stack ids index these vectors; entry 0 is the "none" of each.
struct SymbolSnapshot {
  std::vector<std::string> strings;
  std::vector<Frame> frames;
  std::vector<FrameId>
      stack_frames;  // All stacks end to end, innermost frame first.
  std::vector<uint32_t>
      stack_offsets;  // Stack i is [offsets[i], offsets[i + 1]).
};

// Any thread; one mutex, taken only when a stack is seen for the first time.
// May allocate, and so must never be called with V8 able to call back while the
// lock is held: it calls nobody. The three limits bound the memory of a program
// that makes new code without end; past a limit the interning functions return
// 0 and `overflows` counts it.
class SymbolTable {
 public:
  static constexpr size_t kMaxStrings = 1u << 19;
  static constexpr size_t kMaxLabels = 1u << 16;
  static constexpr size_t kMaxFrames = 1u << 20;
  static constexpr size_t kMaxStacks = 1u << 18;
  static constexpr size_t kMaxStringLength =
      4096;  // Longer text is cut, at a UTF-8 boundary.

  SymbolTable();
  SymbolTable(const SymbolTable&) = delete;
  SymbolTable& operator=(const SymbolTable&) = delete;

  StringId InternString(std::string_view text);
  // The same, but of labels there may be fewer: a program that makes new ones
  // without end must not use up the table.
  StringId InternLabel(std::string_view text);
  FrameId InternFrame(const Frame& frame);
  // An empty stack is 0.
  StackId InternStack(std::span<const FrameId> frames);

  // "" for an id that was never given out.
  std::string StringOf(StringId id) const;
  // Innermost first; none for an id that was never given out.
  std::vector<FrameId> FramesOf(StackId id) const;
  Frame FrameOf(FrameId id) const;
  SymbolSnapshot Snapshot() const;
  size_t stack_count() const;
  uint64_t overflows() const;

 private:
  struct FrameHash {
    size_t operator()(const Frame& frame) const;
  };
  struct StackHash {
    size_t operator()(const std::vector<FrameId>& frames) const;
  };

  mutable std::mutex mutex_;
  std::deque<std::string>
      strings_;  // A deque, so that the views used as keys stay valid.
  std::unordered_map<std::string_view, StringId> string_ids_;
  std::vector<Frame> frames_;
  std::unordered_map<Frame, FrameId, FrameHash> frame_ids_;
  std::vector<const std::vector<FrameId>*>
      stacks_;  // Keys of `stack_ids_`, which never move.
  std::unordered_map<std::vector<FrameId>, StackId, StackHash> stack_ids_;
  size_t labels_ = 0;
  uint64_t overflows_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_SYMBOL_TABLE_H_
