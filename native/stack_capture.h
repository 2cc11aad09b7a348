// The current JavaScript stack as an interned stack. Owns the cache from
// program counters to stacks (the fast path) and the symbolising of a stack
// seen for the first time (the slow path).
#ifndef ABTRACE_NATIVE_STACK_CAPTURE_H_
#define ABTRACE_NATIVE_STACK_CAPTURE_H_

#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/origin_rules.h"
#include "core/symbol_table.h"
#include "v8_compat.h"

namespace abtrace {

struct CapturedStack {
  StackId stack = 0;
  // The innermost frame of the user's that has a name; 0 if there is none.
  FrameId user_frame = 0;
  // False: no JavaScript runs on this thread now.
  bool has_javascript = false;
  // A frame of the user's is on the stack.
  bool has_user_frame = false;
  // The innermost code that is not Node's is abtrace's own.
  bool own = false;
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
// How the fast path works. V8 writes the program counters of the frames into an
// array, without touching its heap; that list is looked up whole:
//
//      pcs [a1 07 3c …] ── hash ──► entry { pcs, CapturedStack } ── equal? ──►
//      hit
//                                                                └─ no ──►
//                                                                symbolise,
//                                                                insert
//
// A list of program counters names a stack for as long as no code moves or dies
// and no two stacks share a list. Code and bytecode move or die only in a
// mark-compact, so its epilogue empties the cache, and a capture during which
// one ran does not insert. Not cached are stacks with Wasm frames (their code
// has a life of its own). A short list, of which V8 may have given up the rest,
// is joined by the address that the stack has reached. The walk goes deeper
// than the symbolising, so that equal lists mean equal frames.
class StackCapture {
 public:
  StackCapture(v8::Isolate* isolate, const MarkCompactCounter* collections,
               SymbolTable* symbols, const OriginRules* rules, int stack_depth,
               bool verify);
  StackCapture(const StackCapture&) = delete;
  StackCapture& operator=(const StackCapture&) = delete;

  CapturedStack Capture();

  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }
  // With `verify`: hits whose fresh symbolising gave another stack. Always 0,
  // or the cache is unsound. Any thread.
  uint64_t mismatches() const {
    return mismatches_.load(std::memory_order_relaxed);
  }

 private:
  struct Entry {
    std::vector<void*> pcs;
    CapturedStack captured;
    // The frames kept hold no user frame and there are more: look deeper before
    // answering.
    bool look_deeper = false;
  };
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
    bool cacheable = true;
    bool look_deeper = false;
  };

  size_t SamplePcs(void** pcs, size_t limit);
  const Entry* Find(uint64_t hash, void* const* pcs, size_t count) const;
  CapturedStack Lookup(void* const* pcs, size_t count, bool deep,
                       bool* look_deeper);
  Symbolised Symbolise(bool deep);
  const Script& ScriptOf(v8::Local<v8::StackFrame> frame);

  v8::Isolate* const isolate_;
  const MarkCompactCounter* const collections_;
  SymbolTable* const symbols_;
  const OriginRules* const rules_;
  const size_t stack_depth_;
  const bool verify_;

  std::unordered_multimap<uint64_t, Entry> cache_;
  std::unordered_map<int, Script>
      scripts_;  // By script id, which V8 never gives out again.
  std::vector<void*> deep_pcs_;
  uint32_t cache_epoch_ =
      0;  // The count of mark-compacts that the cache is good for.
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  std::atomic<uint64_t> mismatches_{0};
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_STACK_CAPTURE_H_
