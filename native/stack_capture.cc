// Walking, caching and symbolising JavaScript stacks; see the header.
#include "stack_capture.h"

#include <algorithm>
#include <string_view>

#include "core/hash.h"

namespace abtrace {
namespace {

using v8::HandleScope;
using v8::Local;
using v8::StackFrame;
using v8::StackTrace;
using v8::String;

// Builtins and frames of abtrace's own take places in the walk but none in a
// stack.
constexpr size_t kSpareWalkFrames = 16;
constexpr size_t kWalkFactor = 2;
// How far to look for a user frame below internals, when the first
// `stack_depth` hold none.
constexpr int kDeepFrames = 200;
constexpr size_t kDeepPcs = 512;
constexpr size_t kMostWalked = 2 * 200 + kSpareWalkFrames;
// A walk this short may have been cut off by V8: where the stack stands in
// memory then tells it from others that begin alike.
constexpr size_t kShortWalk = 8;
constexpr size_t kMostCached = 1u << 16;
constexpr size_t kMostScripts = 1u << 18;

uint64_t HashPcs(void* const* pcs, size_t count) {
  uint64_t hash = count;
  for (size_t i = 0; i < count; ++i)
    hash = Combine(hash, reinterpret_cast<uintptr_t>(pcs[i]));
  return Mix(hash);
}

// Code from eval, `new Function` and unnamed vm scripts leads to no line that
// one could open.
bool IsNamed(std::string_view name) {
  return !name.empty() && !name.starts_with("evalmachine.<anonymous>");
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

StackCapture::StackCapture(v8::Isolate* isolate,
                           const MarkCompactCounter* collections,
                           SymbolTable* symbols, const OriginRules* rules,
                           int stack_depth, bool verify)
    : isolate_(isolate),
      collections_(collections),
      symbols_(symbols),
      rules_(rules),
      stack_depth_(static_cast<size_t>(stack_depth)),
      verify_(verify) {}

size_t StackCapture::SamplePcs(void** pcs, size_t limit) {
  v8::RegisterState registers;
  registers.pc = reinterpret_cast<void*>(
      &HashPcs);  // Any address that is not V8's will do.
  registers.fp = __builtin_frame_address(0);
  registers.sp = &registers;
  v8::SampleInfo info;
  info.frames_count = 0;
  isolate_->GetStackSample(registers, pcs, limit, &info);
  return info.frames_count;
}

const StackCapture::Entry* StackCapture::Find(uint64_t hash, void* const* pcs,
                                              size_t count) const {
  const auto [begin, end] = cache_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const std::vector<void*>& known = it->second.pcs;
    if (known.size() == count && std::equal(known.begin(), known.end(), pcs))
      return &it->second;
  }
  return nullptr;
}

CapturedStack StackCapture::Capture() {
  void* pcs[kMostWalked + 1];
  const size_t limit =
      std::min(kMostWalked, kWalkFactor * stack_depth_ + kSpareWalkFrames);
  size_t count = SamplePcs(pcs, limit);
  if (count == 0) return {};
  if (count < kShortWalk) pcs[count++] = __builtin_frame_address(0);
  bool look_deeper = false;
  const CapturedStack captured = Lookup(pcs, count, false, &look_deeper);
  if (!look_deeper) return captured;
  deep_pcs_.resize(kDeepPcs);
  const size_t deep_count = SamplePcs(deep_pcs_.data(), kDeepPcs);
  return Lookup(deep_pcs_.data(), deep_count, true, &look_deeper);
}

CapturedStack StackCapture::Lookup(void* const* pcs, size_t count, bool deep,
                                   bool* look_deeper) {
  if (cache_epoch_ != collections_->count() || cache_.size() >= kMostCached) {
    cache_.clear();
    cache_epoch_ = collections_->count();
  }
  // Deep and shallow walks of one stack must not meet.
  const uint64_t hash = HashPcs(pcs, count) + (deep ? 1 : 0);
  if (const Entry* entry = Find(hash, pcs, count)) {
    ++hits_;
    const CapturedStack captured = entry->captured;
    *look_deeper = entry->look_deeper;
    if (verify_ && Symbolise(deep).captured.stack != captured.stack) {
      mismatches_.fetch_add(1, std::memory_order_relaxed);
    }
    return captured;
  }
  ++misses_;
  const Symbolised symbolised = Symbolise(deep);
  *look_deeper = symbolised.look_deeper;
  if (symbolised.cacheable && cache_epoch_ == collections_->count()) {
    cache_.emplace(hash, Entry{std::vector<void*>(pcs, pcs + count),
                               symbolised.captured, symbolised.look_deeper});
  }
  return symbolised.captured;
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
  // Own frames are left out below, so a few more than wanted are asked for.
  const int limit = deep
                        ? kDeepFrames
                        : static_cast<int>(stack_depth_ + kSpareWalkFrames / 2);
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
  for (int i = 0; i < count && frames.size() < stack_depth_; ++i) {
    const HandleScope frame_scope(isolate_);
    Local<StackFrame> frame =
        trace->GetFrame(isolate_, static_cast<uint32_t>(i));
    if (frame->IsWasm()) result.cacheable = false;
    const Script script = ScriptOf(frame);
    if (script.origin == Origin::kTransparent ||
        (script.plumbing && frames.empty()))
      continue;
    if (script.origin == Origin::kSelf) {
      if (!foreign_seen) result.captured.own = true;
      continue;
    }
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
    if (of_user && !result.captured.has_user_frame) {
      result.captured.has_user_frame = true;
      result.captured.user_frame = frames.back();
    }
  }
  result.captured.stack = symbols_->InternStack(frames);
  result.look_deeper = !deep && !result.captured.has_user_frame &&
                       !result.captured.own && count == limit;
  return result;
}

}  // namespace abtrace
