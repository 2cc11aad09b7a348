// The current JavaScript stack as an interned stack. Owns the cache from
// program counters to stacks (the fast path) and the symbolising of a stack
// seen for the first time (the slow path).
#ifndef ABTRACE_NATIVE_STACK_CAPTURE_H_
#define ABTRACE_NATIVE_STACK_CAPTURE_H_

#include <atomic>
#include <cstdint>
#include <unordered_map>

#include "core/origin_rules.h"
#include "core/stack_cache.h"
#include "core/symbol_table.h"
#include "frame_walker.h"
#include "v8_compat.h"

namespace abtrace {

class Site;

// What became of a stack the last time that it was seen, so that it need not be
// looked up again: for its user to fill in and to check.
struct StackMemo {
  ContextId site_context = 0;
  Site* site = nullptr;
  ContextId outer_context = 0;
  ContextId made_context = 0;
};

struct CapturedStack {
  StackId stack = 0;
  // The innermost frame of the user's that has a name; 0 if there is none.
  FrameId user_frame = 0;
  // False: no JavaScript runs on this thread now.
  bool has_javascript = false;
  // A frame of the user's is on the stack.
  bool has_user_frame = false;
  // Code of a dependency runs for it: stands further in than that frame.
  bool through_dependency = false;
  // Code of a dependency has called it: stands further out.
  bool called_by_dependency = false;
  // The innermost code that is not Node's is abtrace's own.
  bool own = false;
  // There is more than the hooks that ask for a stack.
  bool beyond_hooks = false;
  // Good until the next capture; null if the stack is not cached.
  StackMemo* memo = nullptr;
};

// Counts the mark-compacts of an isolate. Made and destroyed on the isolate's
// thread.
class MarkCompactCounter {
 public:
  explicit MarkCompactCounter(v8::Isolate* isolate);
  ~MarkCompactCounter();
  MarkCompactCounter(const MarkCompactCounter&) = delete;
  MarkCompactCounter& operator=(const MarkCompactCounter&) = delete;

  uint32_t count() const { return count_; }

 private:
  static void OnEpilogue(v8::Isolate* isolate, v8::GCType type,
                         v8::GCCallbackFlags flags, void* data);

  v8::Isolate* const isolate_;
  uint32_t count_ = 0;
};

// Only on the isolate's thread, but for its destruction; one per isolate and
// session. May allocate on the V8 heap and so collect garbage: never call it
// with a lock held.
//
// How the fast path works. FrameWalker gives a word for each frame; the list of
// words is looked up whole:
//
//   walk ── words [a1 07 3c …] ── known? ── yes ─► CapturedStack          (hit)
//    │                              └─ no ──► ask V8 for its own list
//    └─ cannot tell ─► V8's own list          │ the same, frame by frame?
//                      as the words           ▼
//                                      symbolise; insert unless a mark-compact
//                                      ran meanwhile
//
// Why equal words mean equal stacks:
//  - A word is where an interpreted function stands in its bytecode, or a pc in
//    compiled code. Either names function, line and column for as long as the
//    bytecode or code stays where it is, and code moves or dies in
//    mark-compacts only, whose epilogue empties the cache.
//  - The kind of a frame hangs on its pc alone. A list is inserted only if V8's
//    own list had the same word for each function; a later list with these
//    words has frames of these kinds, and so V8 would say the same of it.
//  - No frame is passed over: walks follow the links that V8's own collector
//    goes by, from where JavaScript was left.
//  - A walk is deeper than the symbolising of a stack: it ends only once there
//    are more functions than the symbolising asks for.
//  - Wasm code is replaced without a mark-compact when it tiers up. Should
//  other
//    code of that module come to return to the very address before the next
//    one, a frame between the same JavaScript frames would bear the name of
//    another function of the module; owners and causes are JavaScript's, and
//    stay.
//
// Who asks for a cause is content to know that no user code is there, which
// needs no symbolising: if each word of a list has been seen in one
// that was symbolised and had no user code from end to end, neither has this.
// That there is more in it than the hooks that ask is known from a function
// that has been outermost in such a list.
//
// Where V8's own list is the key, stacks with Wasm are not cached, and a short
// list, of which it may have given up the rest, is joined by the address that
// the stack has reached.
class StackCapture {
 public:
  StackCapture(v8::Isolate* isolate, FrameWalker walker,
               const MarkCompactCounter* collections, SymbolTable* symbols,
               const OriginRules* rules, int stack_depth, bool verify);
  StackCapture(const StackCapture&) = delete;
  StackCapture& operator=(const StackCapture&) = delete;

  CapturedStack Capture();
  // As Capture, for whom only user code matters: of a stack without any it may
  // say no more than that.
  CapturedStack CaptureCause();
  // Whether V8 collects garbage now: then nothing may be captured.
  bool InCollection() const;

  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }
  // With `verify`: hits whose fresh symbolising gave another stack. Always 0,
  // or the cache is unsound. Any thread.
  uint64_t mismatches() const {
    return mismatches_.load(std::memory_order_relaxed);
  }

 private:
  struct Known {
    CapturedStack captured;
    // The frames kept hold no user frame and there are more: look deeper before
    // answering.
    bool look_deeper = false;
    // Known to have no user code, and not symbolised.
    bool bare = false;
    StackMemo memo;
  };
  // The words of a stack, behind one that says where they come from.
  struct Key;
  struct Script {
    StringId name = 0;
    Origin origin = Origin::kNative;
    // It has a name to be found by: only such user frames end the search for
    // one.
    bool named = false;
    // Node's own way to the hooks that ask for a stack: left out where it is
    // innermost.
    bool plumbing = false;
  };
  struct Symbolised {
    CapturedStack captured;
    bool has_wasm = false;
    bool look_deeper = false;
    // No user code, nor abtrace at work for itself, from end to end.
    bool userless = true;
    // Its outermost frame is not one of the hooks that ask.
    bool outermost_beyond_hooks = false;
  };
  // What is known of a word, until the next mark-compact.
  struct Word {
    bool beyond_hooks = false;
  };
  enum class Want : uint8_t { kStack, kCause };

  void Walk(Key* key, bool deep);
  void Sample(Key* key, bool deep);
  CapturedStack CaptureFor(Want want);
  CapturedStack Look(Want want, bool deep, bool* look_deeper);
  void Verify(const Known& known, bool deep);
  bool IsUserless(const Key& key) const;
  void NoteWords(const Key& key, const Symbolised& symbolised);
  size_t FunctionsToWalk(bool deep) const;
  bool AgreesWithV8(bool deep);
  Symbolised Symbolise(bool deep);
  const Script& ScriptOf(v8::Local<v8::StackFrame> frame);

  v8::Isolate* const isolate_;
  FrameWalker walker_;
  const MarkCompactCounter* const collections_;
  SymbolTable* const symbols_;
  const OriginRules* const rules_;
  const size_t stack_depth_;
  const bool verify_;

  StackCache<Known> cache_;
  // The words of stacks that have no user code.
  std::unordered_map<uintptr_t, Word> userless_words_;
  std::unordered_map<int, Script>
      scripts_;  // By script id, which V8 never gives out again.
  uint32_t cache_epoch_ =
      0;  // The count of mark-compacts that the cache is good for.
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  std::atomic<uint64_t> mismatches_{0};
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_STACK_CAPTURE_H_
