// What a thread does with its allocations; see the header.
#include "thread_state.h"

#include <utility>

#include "core/recursion_guard.h"
#include "node_headers.h"

namespace abtrace {
namespace {

// At most this many bytes may be put on the V8 heap by a fast call, without a
// frame to walk from.
constexpr uint64_t kTooSmallToWalk = 64;

// Its address names the thread.
thread_local char thread_mark = 0;

struct CurrentState {
  uint64_t serial = 0;
  ThreadState* state = nullptr;
};
thread_local CurrentState current_state;

// Each thread of each session has a range of context ids of its own, so that
// what an earlier session has left on an object means nothing to a later one.
ContextId NextContextBase() {
  static std::atomic<uint32_t> bases{0};
  return bases.fetch_add(1) % 1024 * ContextTable::kMaxContexts;
}

}  // namespace

ThreadState::ThreadState(Session* session, v8::Isolate* isolate,
                         FrameWalker walker,
                         const MarkCompactCounter* collections, uint32_t id,
                         std::string name, int32_t* shared)
    : sampler(session->options().sample_bytes, id),
      session_(session),
      isolate_(isolate),
      id_(id),
      name_(std::move(name)),
      shared_(shared),
      thread_mark_(&thread_mark),
      capture_(std::make_unique<StackCapture>(
          isolate, std::move(walker), collections, &session->symbols(),
          &session->options().rules, session->options().stack_depth,
          session->options().verify)),
      contexts_(NextContextBase()),
      slabs_(id),
      stackless_(session->sites().Find({.thread = id})),
      own_(session->sites().Find({.thread = id, .own = true})) {}

bool ThreadState::OnOwnThread() const {
  return alive() && thread_mark_ == &thread_mark &&
         v8::Isolate::TryGetCurrent() == isolate_;
}

void ThreadState::BecomeCurrent() {
  current_state = {session_->serial(), this};
}

ThreadState* ThreadState::Current(uint64_t serial) {
  return current_state.serial == serial ? current_state.state : nullptr;
}

void ThreadState::Detach() {
  if (current_state.state == this) current_state = {};
  alive_.store(false);
  shared_ = nullptr;
  capture_.reset();
}

SiteKey ThreadState::KeyFor(const CapturedStack& captured, ContextId context,
                            const What& what) const {
  const Context& known = contexts_.Get(context);
  return {.stack = captured.stack,
          .cause = captured.has_user_frame ? 0 : known.cause,
          .label = known.label,
          .thread = id_,
          .kind = what.kind,
          .past_allocator = what.kind == Kind::kExternal,
          .addon = what.addon};
}

Site* ThreadState::SiteFor(const CapturedStack& captured, ContextId context,
                           const What& what) {
  if (what.kind == Kind::kExternal)
    return session_->sites().Find(KeyFor(captured, context, what));
  if (captured.memo != nullptr && captured.memo->site != nullptr &&
      captured.memo->site_context == context) {
    return captured.memo->site;
  }
  Site* site = FindSite(captured, context);
  if (captured.memo != nullptr) {
    captured.memo->site_context = context;
    captured.memo->site = site;
  }
  return site;
}

Site* ThreadState::FindSite(const CapturedStack& captured, ContextId context) {
  // The cause matters only where the stack itself names no user code.
  const uint64_t key = (uint64_t{captured.stack} << 33) |
                       (uint64_t{context} << 1) |
                       (captured.has_user_frame ? 1 : 0);
  const auto found = sites_.find(key);
  if (found != sites_.end()) return found->second;
  const Context& known = contexts_.Get(context);
  Site* site;
  if (captured.own || known.own) {
    site = own_;
  } else {
    site = session_->sites().Find(KeyFor(captured, context, {}));
  }
  sites_.emplace(key, site);
  return site;
}

void ThreadState::OnAllocate(void* data, uint64_t size) {
  if (!OnOwnThread()) {
    session_->Count(Drop::kOtherThread);
    session_->Record(data, size, stackless_);
    return;
  }
  if (working_for_itself.load(std::memory_order_relaxed)) {
    NoteMade(data, session_->Record(data, size, own_));
    return;
  }
  if (size <= kTooSmallToWalk) {
    session_->Count(Drop::kTooSmall);
    session_->Record(data, size, stackless_);
    return;
  }
  const RecursionGuard guard;
  if (!guard.entered()) {
    session_->Count(Drop::kNested);
    session_->Record(data, size, stackless_);
    return;
  }
  const CapturedStack captured = capture_->Capture();
  if (captured.has_javascript) {
    const ContextId context = static_cast<ContextId>(shared_[kSharedContext]);
    const uint32_t sequence =
        session_->Record(data, size, SiteFor(captured, context));
    NoteMade(data, sequence);
    if (!captured.has_user_frame && !captured.own)
      NoteOnTab(data, sequence, captured);
    return;
  }
  const uint32_t sequence = session_->Record(data, size, stackless_);
  WaitForCallback({data, sequence, size, {}});
}

void ThreadState::WaitForCallback(const Pending& pending) {
  if (pending.sequence == 0 || !session_->options().causes) return;
  if (pending_.size() >= kMostPending) {
    session_->Count(Drop::kPendingFull, pending_.size());
    pending_.clear();
  }
  pending_.push_back(pending);
  shared_[kSharedPending] = static_cast<int32_t>(pending_.size());
}

Site* ThreadState::PageSiteFor(Kind kind, ContextId context) {
  SiteKey key{.thread = id_, .kind = kind, .past_allocator = true};
  const RecursionGuard guard;
  const Context& known = contexts_.Get(context);
  if (working_for_itself.load(std::memory_order_relaxed) || known.own) {
    key.own = true;
  } else if (guard.entered()) {
    const CapturedStack captured = capture_->Capture();
    key.stack = captured.stack;
    key.cause = captured.has_user_frame ? 0 : known.cause;
    key.label = known.label;
    key.own = captured.own;
  } else {
    session_->Count(Drop::kNested);
  }
  return session_->sites().Find(key);
}

void ThreadState::NotePages(const std::shared_ptr<v8::BackingStore>& store,
                            Kind kind, std::optional<ContextId> context) {
  if (shared_ == nullptr) return;
  const auto current = static_cast<ContextId>(shared_[kSharedContext]);
  Site* site = PageSiteFor(kind, context.value_or(current));
  session_->page_stores().Note(store, site, session_->ElapsedMs());
}

void ThreadState::OnExternal(void* id, uint64_t size, StringId addon) {
  const What what{Kind::kExternal, addon};
  const RecursionGuard guard;
  if (!OnOwnThread() || !guard.entered() || capture_->InCollection()) {
    session_->Count(OnOwnThread() ? Drop::kNested : Drop::kOtherThread);
    session_->Record(id, size, SiteFor({}, 0, what));
    return;
  }
  const CapturedStack captured = capture_->Capture();
  const ContextId context = static_cast<ContextId>(shared_[kSharedContext]);
  const uint32_t sequence =
      session_->Record(id, size, SiteFor(captured, context, what));
  // Without JavaScript a callback may run all the same: work done in the pool
  // is handed over in one.
  if (captured.has_javascript ||
      node::AsyncHooksGetExecutionAsyncId(isolate_) != 0) {
    if (!captured.has_user_frame) NoteOnTab(id, sequence, captured, what);
  } else {
    WaitForCallback({id, sequence, size, what});
  }
}

SiteKey ThreadState::DeclaredKey(StringId addon, bool with_stack) {
  const What what{Kind::kExternal, addon};
  const RecursionGuard guard;
  if (!with_stack || !OnOwnThread() || !guard.entered() ||
      capture_->InCollection()) {
    return KeyFor({.has_user_frame = true}, 0, what);
  }
  return KeyFor(capture_->Capture(),
                static_cast<ContextId>(shared_[kSharedContext]), what);
}

void ThreadState::CountOwn(void* data, uint64_t size) {
  HookThread* thread = HookThread::Current();
  if (thread == nullptr) return;
  Tallies& counted = tallies.Of(thread);
  if (size < session_->options().threshold_bytes) {
    counted.small_taken.Add(static_cast<int64_t>(size));
  } else {
    counted.large_taken.Add(static_cast<int64_t>(size));
    session_->Record(data, size, own_);
  }
}

void ThreadState::SettlePending(ContextId context, Callback callback,
                                uint64_t bytes_read) {
  Site* site = SiteFor(CapturedStack(), context);
  // A copy below the threshold is not among those that wait.
  bool copied = bytes_read < session_->options().threshold_bytes;
  for (const Pending& pending : pending_) {
    if (pending.what.kind == Kind::kExternal) {
      session_->Reassign(pending.data, pending.sequence,
                         SiteFor(CapturedStack(), context, pending.what));
      NoteOnTab(pending.data, pending.sequence, CapturedStack(), pending.what);
      continue;
    }
    session_->Reassign(pending.data, pending.sequence, site);
    NoteOnTab(pending.data, pending.sequence, CapturedStack());
    // A parser reads into memory of its own; what it makes are copies.
    if (kRecyclesReadBlocks && callback != Callback::kParser &&
        pending.size == kReadBlockBytes) {
      read_block_ = {pending.data, pending.sequence, nullptr, 0};
    } else if (pending.size == bytes_read) {
      copied = true;
    }
  }
  pending_.clear();
  if (shared_ != nullptr) shared_[kSharedPending] = 0;
  if (callback == Callback::kReader && !copied) {
    ShareReadBlock(site, bytes_read);
  }
}

// From Node 24 on a thread keeps the block that it reads into. A read is either
// copied out of it, or handed over as a view of it (Node 26.10: from 48 KiB
// on); what is left of the block may be read into again:
//
//   block  │ A's read │ B's read │ A's │   left   │
//          └ record of the block: A    └──────────┘ also A's, the first user
//                     └ record of B's own, carved out of it
//
// A read that does not fit behind those before it shows that they were copied
// after all, and the block is free from its start.
void ThreadState::ShareReadBlock(Site* site, uint64_t bytes_read) {
  ReadBlock& block = read_block_;
  if (block.data == nullptr || bytes_read == 0 ||
      bytes_read > kReadBlockBytes) {
    return;
  }
  if (block.used + bytes_read > kReadBlockBytes) {
    block.first_user = nullptr;
    block.used = 0;
  }
  if (block.first_user == nullptr) {
    block.first_user = site;
    session_->Reassign(block.data, block.sequence, site);
    NoteOnTab(block.data, block.sequence, CapturedStack());
  } else {
    void* part = static_cast<char*>(block.data) + block.used;
    const uint32_t sequence =
        session_->Carve(block.data, block.sequence, part, bytes_read, site);
    NoteOnTab(part, sequence, CapturedStack());
  }
  block.used += bytes_read;
}

ContextId ThreadState::CaptureContext() {
  if (shared_ == nullptr) return 0;
  const auto current = static_cast<ContextId>(shared_[kSharedContext]);
  shared_[kSharedUserFrame] = 0;
  const RecursionGuard guard;
  if (!guard.entered() || contexts_.Get(current).own ||
      shared_[kSharedForced] == 1) {
    return current;
  }
  const CapturedStack captured = capture_->CaptureCause();
  if (captured.own) return OwnContext();
  if (!captured.has_user_frame) {
    if (!captured.beyond_hooks) shared_[kSharedUserFrame] = kStackNoJavascript;
    return current;
  }
  shared_[kSharedUserFrame] = UserStackFlags(captured);
  StackMemo* memo = captured.memo;
  if (memo != nullptr && memo->made_context != 0 &&
      memo->outer_context == current) {
    return memo->made_context;
  }
  const ContextId made =
      contexts_.Intern({.cause = captured.stack,
                        .label = contexts_.Get(current).label,
                        .user_frame = captured.user_frame});
  if (memo != nullptr) {
    memo->outer_context = current;
    memo->made_context = made;
  }
  return made;
}

ContextId ThreadState::LabelledContext(ContextId base, std::string_view label) {
  Context context = contexts_.Get(base);
  context.label = session_->symbols().InternLabel(label);
  return contexts_.Intern(context);
}

std::string ThreadState::LabelOf(ContextId context) const {
  return session_->symbols().StringOf(contexts_.Get(context).label);
}

}  // namespace abtrace
