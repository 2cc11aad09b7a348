// Following frame pointers; see the header.
#include "frame_walker.h"

#include <algorithm>

#ifndef _WIN32
#include <dlfcn.h>
#include <pthread.h>
#endif

#if defined(__clang__) || defined(__GNUC__)
#define ABTRACE_READS_RAW_STACK __attribute__((no_sanitize("address")))
#else
#define ABTRACE_READS_RAW_STACK
#endif

namespace abtrace {
namespace {

using v8::internal::Internals;

constexpr size_t kWord = sizeof(uintptr_t);
// Of a JavaScript frame, in words below its frame pointer.
constexpr size_t kContextAt = 1;
constexpr size_t kBytecodeArrayAt = 4;
constexpr size_t kBytecodeOffsetAt = 5;
// An entry frame saves what it must restore within so many words.
constexpr size_t kEntryFrameWords = 32;
constexpr size_t kThreadLocalWords = Internals::kThreadLocalTopSize / kWord;
constexpr size_t kFirstKnown = 256;
// A stack in calibration is as deep as what has called `start`.
constexpr size_t kMostSampled = 1024;
// V8's stacks are smaller; a walk past this is no stack.
constexpr size_t kMostPhysicalFrames = 4096;

uintptr_t At(uintptr_t address) {
  return *reinterpret_cast<const uintptr_t*>(address);
}

size_t SlotOf(uintptr_t pc) {
  return (uint64_t{pc} * 0x9e3779b97f4a7c15ULL) >> 48;
}

// The highest address of this thread's stack; 0 if that is not known.
uintptr_t StackBase() {
#if defined(__linux__)
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* low = nullptr;
  size_t size = 0;
  const int failed = pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return failed != 0 ? 0 : reinterpret_cast<uintptr_t>(low) + size;
#elif defined(__APPLE__)
  return reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self()));
#else
  return 0;
#endif
}

// Where in its bytecode an interpreted function stands, as GetStackSample says
// it; 0 if the frame is none of that kind. Reads the frame, not the heap.
ABTRACE_READS_RAW_STACK uintptr_t BytecodeWord(uintptr_t fp) {
  const uintptr_t array = At(fp - kBytecodeArrayAt * kWord);
  const uintptr_t offset = At(fp - kBytecodeOffsetAt * kWord);
  if (!Internals::HasHeapObjectTag(array) ||
      (offset & v8::internal::kSmiTagMask) != v8::internal::kSmiTag) {
    return 0;
  }
  return array + static_cast<uintptr_t>(Internals::SmiValue(offset));
}

}  // namespace

size_t SampleStack(v8::Isolate* isolate, void** pcs, size_t limit) {
  v8::RegisterState registers;
  registers.pc = reinterpret_cast<void*>(
      &SampleStack);  // Any address that is not V8's will do.
  registers.fp = __builtin_frame_address(0);
  registers.sp = &registers;
  v8::SampleInfo info;
  info.frames_count = 0;
  isolate->GetStackSample(registers, pcs, limit, &info);
  return info.frames_count;
}

FrameWalker::FrameWalker(v8::Isolate* isolate) : isolate_(isolate) {}

bool FrameWalker::IsOnStack(uintptr_t address, uintptr_t above) const {
  // Some words below an address and the two at it are read.
  return address > above && address % kWord == 0 &&
         address <= stack_base_ - 2 * kWord;
}

bool FrameWalker::IsEntry(uintptr_t pc) const {
  for (const Range& entry : entries_) {
    if (entry.Has(pc)) return true;
  }
  return false;
}

// True for every builtin, and perhaps for some code that is none.
bool FrameWalker::MayBeBuiltin(uintptr_t pc) const {
  return builtins_[0].Has(pc) || builtins_[1].Has(pc);
}

// Where JavaScript was left V8 lists the frame of a builtin, or the native
// function that was called, which lies in a library.
bool FrameWalker::IsNoFunction(uintptr_t word) {
  if (MayBeBuiltin(word) || word == in_library_) return true;
#ifdef _WIN32
  return false;
#else
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(word), &info) == 0) return false;
  in_library_ = word;
  return true;
#endif
}

FrameWalker::Kind FrameWalker::KindOf(uintptr_t pc) const {
  for (size_t slot = SlotOf(pc);; ++slot) {
    const KnownPc& known = known_[slot & (known_.size() - 1)];
    if (known.pc == pc || known.pc == 0) return known.kind;
  }
}

// False if it is known to be of another kind, or no more can be remembered.
bool FrameWalker::SetKind(uintptr_t pc, Kind kind) {
  const Kind before = KindOf(pc);
  if (before != Kind::kUnknown) return before == kind;
  if (known_count_ >= kMostKnown) return false;
  if ((known_count_ + 1) * 2 > known_.size()) GrowKnown();
  size_t slot = SlotOf(pc) & (known_.size() - 1);
  while (known_[slot].pc != 0) slot = (slot + 1) & (known_.size() - 1);
  known_[slot] = {pc, kind};
  ++known_count_;
  return true;
}

void FrameWalker::GrowKnown() {
  std::vector<KnownPc> before(known_.size() * 2);
  before.swap(known_);
  known_count_ = 0;
  for (const KnownPc& known : before) {
    if (known.pc != 0) SetKind(known.pc, known.kind);
  }
}

void FrameWalker::Forget() {
  known_.assign(kFirstKnown, {});
  known_count_ = 0;
  in_library_ = 0;
}

// Calls `visit(Frame)` for each frame of V8's code, until it says false. False
// if the stack is not as it should be.
template <typename Visitor>
ABTRACE_READS_RAW_STACK bool FrameWalker::ForEachFrame(uintptr_t exit_fp,
                                                       Visitor visit) const {
  uintptr_t fp = exit_fp;
  for (size_t i = 0; i < kMostPhysicalFrames; ++i) {
    const uintptr_t pc = At(fp + kWord);
    const uintptr_t caller = At(fp);
    if (!IsOnStack(caller, fp)) return false;
    const bool of_javascript =
        Internals::HasHeapObjectTag(At(caller - kContextAt * kWord));
    if (!of_javascript && IsEntry(pc)) {
      const uintptr_t next = At(caller - next_exit_words_ * kWord);
      if (next == 0) return true;
      if (!IsOnStack(next, caller)) return false;
      fp = next;
    } else {
      if (!visit(Frame{pc, caller, of_javascript})) return true;
      fp = caller;
    }
  }
  return false;
}

FrameWalker::Sighting FrameWalker::Look() const {
  const auto* first = reinterpret_cast<const uintptr_t*>(
      reinterpret_cast<const char*>(isolate_) +
      Internals::kIsolateThreadLocalTopOffset);
  return {{first, first + kThreadLocalWords}};
}

bool FrameWalker::Compare(const Sighting& outer) {
  c_entry_fp_ = nullptr;
  stack_base_ = StackBase();
  const void* code = nullptr;
  size_t code_bytes = 0;
  isolate_->GetEmbeddedCodeRange(&code, &code_bytes);
  const v8::JSEntryStubs stubs = isolate_->GetJSEntryStubs();
  if (stack_base_ == 0 || code == nullptr) return false;
  const auto range = [](const void* begin, size_t bytes) {
    const auto address = reinterpret_cast<uintptr_t>(begin);
    return Range{address, address + bytes};
  };
  const v8::JSEntryStub* entries[] = {&stubs.js_entry_stub,
                                      &stubs.js_construct_entry_stub,
                                      &stubs.js_run_microtasks_entry_stub};
  std::transform(std::begin(entries), std::end(entries), entries_,
                 [&range](const v8::JSEntryStub* stub) {
                   return range(stub->code.start, stub->code.length_in_bytes);
                 });
  // V8 may run a copy of its builtins: it lies around its entries.
  builtins_[0] = range(code, code_bytes);
  builtins_[1] = {entries_[0].begin - code_bytes,
                  entries_[0].begin + code_bytes};
  const Sighting inner = Look();
  for (size_t i = 0; i < inner.words.size() && i < outer.words.size(); ++i) {
    if (TryAt(i, outer.words[i], inner.words[i])) {
      const auto* first = reinterpret_cast<const uintptr_t*>(
          reinterpret_cast<const char*>(isolate_) +
          Internals::kIsolateThreadLocalTopOffset);
      c_entry_fp_ = first + i;
      return true;
    }
  }
  return false;
}

// Whether the word that was `outer_fp`, and is `inner_fp` within a nested call,
// is where the frames begin: then they are those that V8 finds, and the entry
// frame between the two calls holds the outer value.
ABTRACE_READS_RAW_STACK bool FrameWalker::TryAt(size_t index,
                                                uintptr_t outer_fp,
                                                uintptr_t inner_fp) {
  const auto here = reinterpret_cast<uintptr_t>(&index);
  if (!IsOnStack(inner_fp, here) || !IsOnStack(outer_fp, inner_fp))
    return false;
  uintptr_t fp = inner_fp;
  next_exit_words_ = 0;
  for (size_t i = 0; i < kMostPhysicalFrames && next_exit_words_ == 0; ++i) {
    const uintptr_t pc = At(fp + kWord);
    const uintptr_t caller = At(fp);
    if (!IsOnStack(caller, fp) || caller > outer_fp) return false;
    fp = caller;
    if (!IsEntry(pc)) continue;
    for (size_t words = 1; words <= kEntryFrameWords; ++words) {
      if (At(caller - words * kWord) != outer_fp) continue;
      if (next_exit_words_ != 0) return false;  // There must be but one.
      next_exit_words_ = words;
    }
    if (next_exit_words_ == 0) return false;
  }
  Forget();
  c_entry_fp_ = &inner_fp;
  std::vector<void*> sampled(kMostSampled);
  const size_t count = SampleStack(isolate_, sampled.data(), sampled.size());
  const bool same = count > 0 && Learn(sampled.data(), count, kMostFrames);
  c_entry_fp_ = nullptr;
  // The function between the two calls runs for the first time: it must have
  // been seen to be interpreted.
  return same &&
         std::any_of(known_.begin(), known_.end(), [](const KnownPc& known) {
           return known.kind == Kind::kInterpreted;
         });
}

FrameWalker::Outcome FrameWalker::Walk(uintptr_t* words, size_t functions,
                                       Walked* walked) const {
  if (c_entry_fp_ == nullptr) return Outcome::kNone;
  const uintptr_t exit_fp = *c_entry_fp_;
  if (!IsOnStack(exit_fp, reinterpret_cast<uintptr_t>(&exit_fp)))
    return Outcome::kNone;
  size_t written = 0;
  size_t seen = 0;
  uintptr_t outermost = 0;
  Outcome outcome = Outcome::kWhole;
  const bool sound = ForEachFrame(exit_fp, [&](const Frame& frame) {
    if (written == kMostFrames) {
      outcome = Outcome::kNone;
      return false;
    }
    uintptr_t word = frame.pc;
    if (!frame.of_javascript) {
      words[written++] = word;
      return true;
    }
    switch (KindOf(frame.pc)) {
      case Kind::kUnknown:
        outcome = Outcome::kUnknown;
        return false;
      case Kind::kInterpreted:
        word = BytecodeWord(frame.fp);
        if (word == 0) {
          outcome = Outcome::kNone;
          return false;
        }
        ++seen;
        outermost = word;
        break;
      case Kind::kCompiled:
        if (MayBeBuiltin(frame.pc)) break;
        ++seen;
        outermost = word;
    }
    words[written++] = word;
    return seen < functions;
  });
  *walked = {written, seen >= functions, outermost};
  return sound ? outcome : Outcome::kNone;
}

bool FrameWalker::Learn(void* const* sampled, size_t sampled_count,
                        size_t functions) {
  if (c_entry_fp_ == nullptr) return false;
  const uintptr_t exit_fp = *c_entry_fp_;
  if (!IsOnStack(exit_fp, reinterpret_cast<uintptr_t>(&exit_fp))) return false;
  const auto* listed = reinterpret_cast<const uintptr_t*>(sampled);
  size_t at = 0;
  size_t seen = 0;
  bool same = true;
  bool cut = false;
  // Builtins that V8 has not listed, since the last frame that it has.
  std::vector<uintptr_t> unlisted;
  const bool sound = ForEachFrame(exit_fp, [&](const Frame& frame) {
    const uintptr_t bytecode = frame.of_javascript ? BytecodeWord(frame.fp) : 0;
    size_t next = at;
    while (next < sampled_count && listed[next] != frame.pc &&
           listed[next] != bytecode && IsNoFunction(listed[next])) {
      ++next;
    }
    const uintptr_t found = next < sampled_count ? listed[next] : 0;
    if (!frame.of_javascript) {
      if (found == frame.pc) at = next + 1;  // V8 lists Wasm.
      return true;
    }
    if (found != frame.pc && (found == 0 || found != bytecode)) {
      unlisted.push_back(frame.pc);
      same = MayBeBuiltin(frame.pc);
      return same;
    }
    at = next + 1;
    const bool compiled = found == frame.pc;
    same = SetKind(frame.pc, compiled ? Kind::kCompiled : Kind::kInterpreted);
    if (!compiled || !MayBeBuiltin(frame.pc)) ++seen;
    // Had they been interpreted, V8 would have listed them.
    for (const uintptr_t pc : unlisted)
      same = same && SetKind(pc, Kind::kCompiled);
    unlisted.clear();
    cut = seen >= functions;
    return same && !cut;
  });
  return sound && same &&
         (cut ||
          std::all_of(listed + at, listed + sampled_count,
                      [this](uintptr_t pc) { return IsNoFunction(pc); }));
}

}  // namespace abtrace
