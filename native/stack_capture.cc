// Walking, caching and symbolising JavaScript stacks; see the header.
#include "stack_capture.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace abtrace {
namespace {

using v8::HandleScope;
using v8::Local;
using v8::StackFrame;
using v8::StackTrace;
using v8::String;

// Builtins and frames of abtrace's own take places in the walk but none in a
// stack.
constexpr size_t kSpareSampledFrames = 16;
constexpr size_t kSampleFactor = 2;
// Frames of abtrace's own are left out of a stack, so a few more than wanted
// are asked for; walks go deeper by a few more again.
constexpr size_t kSpareFrames = 8;
constexpr size_t kSpareWalkedFrames = 4;
// How far to look for a user frame below internals, when the first
// `stack_depth` hold none.
constexpr size_t kDeepFrames = 200;
constexpr size_t kMostWords = FrameWalker::kMostFrames;
// A walk this short may have been cut off by V8: where the stack stands in
// memory then tells it from others that begin alike.
constexpr size_t kShortWalk = 8;
constexpr size_t kMostCached = 1u << 16;
constexpr size_t kMostCachedWords = 1u << 21;
constexpr size_t kMostUserlessWords = 1u << 16;
constexpr size_t kMostScripts = 1u << 18;

// Code from eval, `new Function` and unnamed vm scripts leads to no line that
// one could open.
bool IsNamed(std::string_view name) {
  return !name.empty() && !name.starts_with("evalmachine.<anonymous>");
}

bool NamesNoUser(Origin origin) {
  return origin != Origin::kUser && origin != Origin::kSelf;
}

}  // namespace

MarkCompactCounter::MarkCompactCounter(v8::Isolate* isolate)
    : isolate_(isolate) {
  isolate_->AddGCEpilogueCallback(OnEpilogue, this,
                                  v8::kGCTypeMarkSweepCompact);
}

MarkCompactCounter::~MarkCompactCounter() {
  isolate_->RemoveGCEpilogueCallback(OnEpilogue, this);
}

void MarkCompactCounter::OnEpilogue(v8::Isolate*, v8::GCType,
                                    v8::GCCallbackFlags, void* data) {
  ++static_cast<MarkCompactCounter*>(data)->count_;
}

// Deep and shallow looks of one stack must not meet, nor words that mean
// different things.
struct StackCapture::Key {
  enum Source : uintptr_t { kWalked, kWalkedDeep, kSampled, kSampledDeep };

  size_t count = 0;  // Of `words`; without JavaScript, 0.
  FrameWalker::Walked walked;
  uintptr_t words[1 + kMostWords + 1];
};

StackCapture::StackCapture(v8::Isolate* isolate, FrameWalker walker,
                           const MarkCompactCounter* collections,
                           SymbolTable* symbols, const OriginRules* rules,
                           int stack_depth, bool verify)
    : isolate_(isolate),
      walker_(std::move(walker)),
      collections_(collections),
      symbols_(symbols),
      rules_(rules),
      stack_depth_(static_cast<size_t>(stack_depth)),
      verify_(verify) {}

size_t StackCapture::FunctionsToWalk(bool deep) const {
  return (deep ? kDeepFrames : stack_depth_ + kSpareFrames) +
         kSpareWalkedFrames;
}

void StackCapture::Walk(Key* key, bool deep) {
  FrameWalker::Walked walked;
  FrameWalker::Outcome outcome =
      walker_.Walk(key->words + 1, FunctionsToWalk(deep), &walked);
  if (outcome == FrameWalker::Outcome::kUnknown && AgreesWithV8(deep))
    outcome = walker_.Walk(key->words + 1, FunctionsToWalk(deep), &walked);
  if (outcome != FrameWalker::Outcome::kWhole || walked.count == 0) {
    Sample(key, deep);
    return;
  }
  key->words[0] = deep ? Key::kWalkedDeep : Key::kWalked;
  key->count = walked.count + 1;
  key->walked = walked;
}

void StackCapture::Sample(Key* key, bool deep) {
  const size_t limit = deep
                           ? kMostWords
                           : std::min(kMostWords, kSampleFactor * stack_depth_ +
                                                      kSpareSampledFrames);
  const size_t count =
      SampleStack(isolate_, reinterpret_cast<void**>(key->words + 1), limit);
  key->count = 0;
  if (count == 0) return;
  key->words[0] = deep ? Key::kSampledDeep : Key::kSampled;
  key->count = count + 1;
  if (count < kShortWalk) {
    key->words[key->count++] =
        reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  }
}

bool StackCapture::InCollection() const {
  v8::RegisterState registers;
  registers.pc = nullptr;
  registers.fp = __builtin_frame_address(0);
  registers.sp = &registers;
  v8::SampleInfo info;
  void* pc;
  isolate_->GetStackSample(registers, &pc, 1, &info);
  return info.vm_state == v8::GC;
}

CapturedStack StackCapture::Capture() { return CaptureFor(Want::kStack); }

CapturedStack StackCapture::CaptureCause() { return CaptureFor(Want::kCause); }

CapturedStack StackCapture::CaptureFor(Want want) {
  bool look_deeper = false;
  const CapturedStack captured = Look(want, false, &look_deeper);
  return look_deeper ? Look(want, true, &look_deeper) : captured;
}

CapturedStack StackCapture::Look(Want want, bool deep, bool* look_deeper) {
  if (cache_epoch_ != collections_->count() || cache_.size() >= kMostCached ||
      cache_.word_count() >= kMostCachedWords) {
    cache_.Clear();
    userless_words_.clear();
    walker_.Forget();
    cache_epoch_ = collections_->count();
  }
  Key key;
  Walk(&key, deep);
  if (key.count == 0) return {};
  const uint64_t hash = StackCache<Known>::HashOf(key.words, key.count);
  Known* known = cache_.Find(hash, key.words, key.count);
  if (known != nullptr && (want == Want::kCause || !known->bare)) {
    ++hits_;
    if (verify_) Verify(*known, deep);
    *look_deeper = known->look_deeper;
    CapturedStack captured = known->captured;
    captured.memo = &known->memo;
    return captured;
  }
  ++misses_;
  const bool sampled = key.words[0] > Key::kWalkedDeep;
  const bool sure = sampled || known != nullptr || AgreesWithV8(deep);
  if (want == Want::kCause && sure && !sampled && IsUserless(key)) {
    CapturedStack captured;
    captured.has_javascript = true;
    captured.beyond_hooks = true;
    cache_.Insert(hash, key.words, key.count,
                  Known{captured, false, true, StackMemo()});
    return captured;
  }
  const Symbolised symbolised = Symbolise(deep);
  *look_deeper = symbolised.look_deeper;
  CapturedStack captured = symbolised.captured;
  if (sure && !(sampled && symbolised.has_wasm) &&
      cache_epoch_ == collections_->count()) {
    const Known made{symbolised.captured, symbolised.look_deeper, false,
                     StackMemo()};
    if (known == nullptr)
      known = cache_.Insert(hash, key.words, key.count, made);
    else
      *known = made;
    if (!sampled) NoteWords(key, symbolised);
    captured.memo = &known->memo;
  }
  return captured;
}

void StackCapture::Verify(const Known& known, bool deep) {
  const CapturedStack fresh = Symbolise(deep).captured;
  const bool same =
      known.bare ? !fresh.has_user_frame && !fresh.own && fresh.beyond_hooks
                 : fresh.stack == known.captured.stack;
  if (!same) mismatches_.fetch_add(1, std::memory_order_relaxed);
}

bool StackCapture::IsUserless(const Key& key) const {
  if (key.walked.cut) return false;
  bool beyond_hooks = false;
  for (size_t i = 1; i < key.count; ++i) {
    const auto found = userless_words_.find(key.words[i]);
    if (found == userless_words_.end()) return false;
    beyond_hooks = beyond_hooks || found->second.beyond_hooks;
  }
  return beyond_hooks;
}

void StackCapture::NoteWords(const Key& key, const Symbolised& symbolised) {
  if (key.walked.cut || !symbolised.userless ||
      userless_words_.size() >= kMostUserlessWords)
    return;
  for (size_t i = 1; i < key.count; ++i) userless_words_[key.words[i]];
  // Builtins may run for anybody: it is a function that tells.
  if (symbolised.outermost_beyond_hooks && key.walked.outermost_function != 0)
    userless_words_[key.walked.outermost_function].beyond_hooks = true;
}

// Whether the walker finds the frames that V8 finds; it learns by that.
bool StackCapture::AgreesWithV8(bool deep) {
  void* sampled[kMostWords];
  const size_t count = SampleStack(isolate_, sampled, kMostWords);
  return walker_.Learn(sampled, count, FunctionsToWalk(deep));
}

const StackCapture::Script& StackCapture::ScriptOf(Local<StackFrame> frame) {
  const int id = frame->GetScriptId();
  const auto found = scripts_.find(id);
  if (found != scripts_.end()) return found->second;
  if (scripts_.size() >= kMostScripts) scripts_.clear();
  Script script;
  Local<String> name = frame->GetScriptNameOrSourceURL();
  if (!name.IsEmpty()) {
    const String::Utf8Value text(isolate_, name);
    const std::string_view view(*text == nullptr ? "" : *text,
                                *text == nullptr ? 0 : text.length());
    script.name = symbols_->InternString(view);
    script.origin = rules_->Classify(view);
    script.named = IsNamed(view);
    script.plumbing = view == "node:internal/async_hooks" ||
                      view == "node:internal/promise_hooks" ||
                      view == "node:diagnostics_channel";
  } else {
    script.origin = frame->IsUserJavaScript() ? Origin::kUser : Origin::kNative;
  }
  if (frame->IsWasm()) script.origin = Origin::kNative;
  return scripts_.emplace(id, script).first->second;
}

StackCapture::Symbolised StackCapture::Symbolise(bool deep) {
  Symbolised result;
  const HandleScope scope(isolate_);
  const auto limit =
      static_cast<int>(deep ? kDeepFrames : stack_depth_ + kSpareFrames);
  Local<StackTrace> trace = StackTrace::CurrentStackTrace(
      isolate_, limit,
      static_cast<StackTrace::StackTraceOptions>(
          StackTrace::kDetailed |
          StackTrace::kExposeFramesAcrossSecurityOrigins));
  const int count = trace.IsEmpty() ? 0 : trace->GetFrameCount();
  result.captured.has_javascript = true;
  std::vector<FrameId> frames;
  frames.reserve(static_cast<size_t>(count));
  bool foreign_seen = false;
  // With a deep look: what stands between the innermost frames and the first
  // user frame is elided.
  const size_t innermost =
      deep ? stack_depth_ - std::max<size_t>(1, stack_depth_ / 4)
           : stack_depth_;
  for (int i = 0; i < count; ++i) {
    const HandleScope frame_scope(isolate_);
    Local<StackFrame> frame =
        trace->GetFrame(isolate_, static_cast<uint32_t>(i));
    if (frame->IsWasm()) result.has_wasm = true;
    const Script script = ScriptOf(frame);
    result.userless = result.userless && NamesNoUser(script.origin);
    result.outermost_beyond_hooks =
        script.origin == Origin::kDependency ||
        (script.origin == Origin::kNode && !script.plumbing);
    if (frames.size() >= stack_depth_) continue;
    if (script.origin == Origin::kTransparent ||
        (script.plumbing && frames.empty()))
      continue;
    if (script.origin == Origin::kSelf) {
      if (!foreign_seen) result.captured.own = true;
      continue;
    }
    result.captured.beyond_hooks = true;
    const bool of_user = script.origin == Origin::kUser && script.named;
    if (of_user || script.origin == Origin::kDependency) foreign_seen = true;
    if (deep && frames.size() >= innermost && !of_user &&
        !result.captured.has_user_frame)
      continue;
    Frame made;
    Local<String> name = frame->GetFunctionName();
    if (!name.IsEmpty()) {
      const String::Utf8Value text(isolate_, name);
      if (*text != nullptr)
        made.function =
            symbols_->InternString({*text, static_cast<size_t>(text.length())});
    }
    made.script = script.name;
    made.line = static_cast<uint32_t>(std::max(0, frame->GetLineNumber()));
    made.column = static_cast<uint32_t>(std::max(0, frame->GetColumn()));
    made.origin = script.origin;
    frames.push_back(symbols_->InternFrame(made));
    if (script.origin == Origin::kDependency) {
      (result.captured.has_user_frame ? result.captured.called_by_dependency
                                      : result.captured.through_dependency) =
          true;
    }
    if (of_user && !result.captured.has_user_frame) {
      result.captured.has_user_frame = true;
      result.captured.user_frame = frames.back();
    }
  }
  result.captured.stack = symbols_->InternStack(frames);
  // What was not looked at may be anybody's.
  result.userless = result.userless && count < limit;
  result.look_deeper = !deep && !result.captured.has_user_frame &&
                       !result.captured.own && count == limit;
  return result;
}

}  // namespace abtrace
