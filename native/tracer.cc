// Sessions, isolates and what a hook does with an allocation; see the header.
#include "tracer.h"

#include <algorithm>
#include <utility>

#include "core/recursion_guard.h"

namespace abtrace {
namespace {

// At most this many bytes may be put on the V8 heap by a fast call, without a
// frame to walk from.
constexpr uint64_t kTooSmallToWalk = 64;

// Its address names the thread.
thread_local char thread_mark = 0;

}  // namespace

// --- ThreadState ---

ThreadState::ThreadState(Session* session, v8::Isolate* isolate,
                         const MarkCompactCounter* collections, uint32_t id,
                         std::string name, int32_t* shared)
    : session_(session),
      isolate_(isolate),
      id_(id),
      name_(std::move(name)),
      shared_(shared),
      thread_mark_(&thread_mark),
      capture_(std::make_unique<StackCapture>(
          isolate, collections, &session->symbols(), &session->options().rules,
          session->options().stack_depth, session->options().verify)),
      stackless_(session->sites().Find({.thread = id})),
      own_(session->sites().Find({.thread = id, .own = true})) {}

bool ThreadState::OnOwnThread() const {
  return alive() && thread_mark_ == &thread_mark &&
         v8::Isolate::TryGetCurrent() == isolate_;
}

void ThreadState::Detach() {
  alive_.store(false);
  shared_ = nullptr;
  capture_.reset();
}

Site* ThreadState::SiteFor(const CapturedStack& captured, ContextId context) {
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
    site = session_->sites().Find(
        {.stack = captured.stack,
         .cause = captured.has_user_frame ? 0 : known.cause,
         .label = known.label,
         .thread = id_});
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
    session_->Record(data, size, own_);
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
    if (!captured.has_user_frame && !captured.own)
      NoteOnTab(data, sequence, captured);
    return;
  }
  const uint32_t sequence = session_->Record(data, size, stackless_);
  if (sequence == 0 || !session_->options().causes) return;
  if (pending_.size() >= kMostPending) {
    session_->Count(Drop::kPendingFull, pending_.size());
    pending_.clear();
  }
  pending_.push_back({data, sequence, size});
  shared_[kSharedPending] = static_cast<int32_t>(pending_.size());
}

void ThreadState::CountOwn(void* data, uint64_t size) {
  taken.fetch_add(static_cast<int64_t>(size));
  if (size < session_->options().threshold_bytes) {
    small_taken.fetch_add(static_cast<int64_t>(size));
  } else {
    session_->Record(data, size, own_);
  }
}

void ThreadState::SettlePending(ContextId context, Callback callback,
                                uint64_t bytes_read) {
  Site* site = SiteFor(CapturedStack(), context);
  bool copied = false;
  for (const Pending& pending : pending_) {
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
// copied out of it, or handed over as a view of it; what is left of the block
// may be read into again:
//
//   block  │ A's read │ B's read │ A's │   left   │
//          └ record of the block: A    └──────────┘ also A's, the first user
//                     └ record of B's own, carved out of it
void ThreadState::ShareReadBlock(Site* site, uint64_t bytes_read) {
  ReadBlock& block = read_block_;
  if (block.data == nullptr || bytes_read == 0 ||
      block.used + bytes_read > kReadBlockBytes) {
    return;
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

void ThreadState::NoteOnTab(void* data, uint32_t sequence,
                            const CapturedStack& captured) {
  const int32_t id = shared_ == nullptr ? 0 : shared_[kSharedTab];
  if (id == 0 || sequence == 0) return;
  const auto [found, made] = tabs_.try_emplace(id);
  if (made) tab_order_.push_back(id);
  Tab& tab = found->second;
  if (tab.entries.size() >= kMostTabEntries) {
    tab.entries.erase(tab.entries.begin(),
                      tab.entries.begin() + kMostTabEntries / 2);
  }
  tab.entries.push_back({data, sequence, captured, 0});
  while (tab_order_.size() > kMostTabs) {
    tabs_.erase(tab_order_.front());
    tab_order_.pop_front();
  }
}

void ThreadState::ClaimTab(int32_t id, ContextId context, bool close) {
  const auto found = tabs_.find(id);
  if (found == tabs_.end()) return;
  for (const TabEntry& entry : found->second.entries) {
    session_->Reassign(entry.data, entry.sequence,
                       SiteFor(entry.captured, context));
  }
  if (close) tabs_.erase(found);
}

bool ThreadState::ClaimSharedTab(int32_t id, ContextId context) {
  const auto found = tabs_.find(id);
  if (found == tabs_.end()) return false;
  Tab& tab = found->second;
  const FrameId frame = contexts_.Get(context).user_frame;
  if (tab.first_claim == 0) tab.first_claim = frame;
  if (tab.first_claim != frame) tab.shared = true;
  for (TabEntry& entry : tab.entries) {
    if (entry.claimed_by == 0) entry.claimed_by = context;
  }
  if (!tab.shared) return false;
  for (const TabEntry& entry : tab.entries) {
    session_->Reassign(entry.data, entry.sequence,
                       SiteFor(entry.captured, entry.claimed_by));
  }
  tab.entries.clear();
  return true;
}

ContextId ThreadState::CaptureContext() {
  if (shared_ == nullptr) return 0;
  const auto current = static_cast<ContextId>(shared_[kSharedContext]);
  shared_[kSharedUserFrame] = 0;
  const RecursionGuard guard;
  if (!guard.entered() || contexts_.Get(current).own) return current;
  const CapturedStack captured = capture_->Capture();
  if (captured.own) return OwnContext();
  if (!captured.has_user_frame) {
    if (captured.stack == 0) shared_[kSharedUserFrame] = 2;
    return current;
  }
  shared_[kSharedUserFrame] = 1;
  return contexts_.Intern({.cause = captured.stack,
                           .label = contexts_.Get(current).label,
                           .user_frame = captured.user_frame});
}

ContextId ThreadState::LabelledContext(ContextId base, std::string_view label) {
  Context context = contexts_.Get(base);
  context.label = session_->symbols().InternString(label);
  return contexts_.Intern(context);
}

std::string ThreadState::LabelOf(ContextId context) const {
  return session_->symbols().StringOf(contexts_.Get(context).label);
}

// --- Session ---

Session::Session(SessionOptions options)
    : options_(std::move(options)), start_(std::chrono::steady_clock::now()) {}

void Session::OnAllocate(HookedAllocator* hooked, void* data, size_t length) {
  auto* thread = static_cast<ThreadState*>(
      hooked->owner_data.load(std::memory_order_relaxed));
  thread->taken.fetch_add(static_cast<int64_t>(length),
                          std::memory_order_relaxed);
  if (length < options_.threshold_bytes) {
    thread->small_taken.fetch_add(static_cast<int64_t>(length),
                                  std::memory_order_relaxed);
    return;
  }
  thread->OnAllocate(data, length);
}

void Session::OnFree(HookedAllocator* hooked, void* data, size_t length) {
  auto* thread = static_cast<ThreadState*>(
      hooked->owner_data.load(std::memory_order_relaxed));
  const auto bytes = static_cast<int64_t>(length);
  thread->given_back.fetch_add(bytes, std::memory_order_relaxed);
  if (length < options_.threshold_bytes) {
    thread->small_given_back.fetch_add(bytes, std::memory_order_relaxed);
    return;
  }
  if (const std::optional<LiveRecord> record = live_.Erase(data)) {
    record->site->Remove(record->size);
    if (record->carved != 0) ForgetParts(data);
  } else {
    thread->unknown_given_back.fetch_add(bytes, std::memory_order_relaxed);
  }
}

uint32_t Session::Record(void* data, uint64_t size, Site* site) {
  site->Add(size);
  const LiveSet::Inserted inserted =
      live_.Insert(data, size, site, ElapsedMs());
  if (!inserted.ok) {
    site->Undo(size);
    Count(Drop::kNoMemory);
    return 0;
  }
  if (inserted.replaced) {
    inserted.replaced->site->Remove(inserted.replaced->size);
    Count(Drop::kMissedFree);
  }
  return inserted.sequence;
}

uint32_t Session::Carve(void* block, uint32_t block_sequence, void* part,
                        uint64_t bytes, Site* site) {
  if (!live_.Carve(block, block_sequence, bytes)) return 0;
  const uint32_t sequence = Record(part, bytes, site);
  const std::lock_guard<std::mutex> lock(carved_mutex_);
  carved_[block].push_back(part);
  return sequence;
}

void Session::ForgetParts(const void* block) {
  std::vector<void*> parts;
  {
    const std::lock_guard<std::mutex> lock(carved_mutex_);
    const auto found = carved_.find(block);
    if (found == carved_.end()) return;
    parts = std::move(found->second);
    carved_.erase(found);
  }
  for (void* part : parts) {
    if (const std::optional<LiveRecord> record = live_.Erase(part)) {
      record->site->Remove(record->size);
    }
  }
}

void Session::Reassign(void* data, uint32_t sequence, Site* site) {
  const std::optional<LiveRecord> before = live_.Reassign(data, sequence, site);
  if (!before || before->site == site) return;
  site->Add(before->size);
  before->site->Undo(before->size);
}

void Session::Count(Drop reason, uint64_t times) {
  drops_[static_cast<size_t>(reason)].fetch_add(times,
                                                std::memory_order_relaxed);
}

uint32_t Session::ElapsedMs() const {
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  return static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
}

SessionSnapshot Session::Snapshot() const {
  SessionSnapshot snapshot;
  snapshot.elapsed_ms = ElapsedMs();
  std::vector<LiveRecord> records = live_.Records();
  sites_.ForEach([&snapshot](const Site& site) {
    snapshot.sites.push_back({site.key(),
                              site.live_bytes(),
                              site.live_count(),
                              site.total_bytes(),
                              site.total_count(),
                              site.peak_bytes(),
                              site.peak_count(),
                              {}});
  });
  for (const auto& thread : threads_) {
    snapshot.threads.push_back(
        {thread->id(), thread->name(), thread->alive(), thread->at_join.load(),
         thread->taken.load(), thread->given_back.load(),
         thread->small_taken.load() - thread->small_given_back.load(),
         thread->unknown_given_back.load()});
    snapshot.cache_mismatches += thread->cache_mismatches();
  }
  // Ages, site by site: the records of a site stand together after sorting,
  // oldest first.
  std::sort(records.begin(), records.end(),
            [](const LiveRecord& a, const LiveRecord& b) {
              return a.site != b.site ? a.site < b.site : a.time_ms < b.time_ms;
            });
  std::unordered_map<const Site*, SessionSnapshot::Ages> ages;
  for (size_t begin = 0; begin < records.size();) {
    size_t end = begin;
    while (end < records.size() && records[end].site == records[begin].site)
      ++end;
    const uint32_t middle = records[begin + (end - begin) / 2].time_ms;
    const auto age = [&snapshot](uint32_t time_ms) {
      return snapshot.elapsed_ms > time_ms ? snapshot.elapsed_ms - time_ms : 0;
    };
    ages[records[begin].site] = {age(records[begin].time_ms), age(middle),
                                 end - begin};
    begin = end;
  }
  size_t row = 0;
  sites_.ForEach([&](const Site& site) {
    if (row < snapshot.sites.size()) {
      const auto found = ages.find(&site);
      if (found != ages.end()) snapshot.sites[row].ages = found->second;
    }
    ++row;
  });
  for (size_t i = 0; i < drops_.size(); ++i)
    snapshot.drops[i] = drops_[i].load();
  snapshot.drops[static_cast<size_t>(Drop::kTableFull)] +=
      symbols_.overflows() + sites_.overflows();
  snapshot.own_bytes = live_.table_bytes() + sites_.size() * sizeof(Site);
  // Last, so that every stack that a site names is in it.
  snapshot.symbols = symbols_.Snapshot();
  return snapshot;
}

// --- Tracer ---

Tracer& Tracer::Get() {
  static auto* tracer =
      new Tracer;  // Leaked on purpose: hooks outlive static destruction.
  return *tracer;
}

bool Tracer::Start(SessionOptions options) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ != nullptr) return false;
  session_ = std::make_shared<Session>(std::move(options));
  return true;
}

bool Tracer::Stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return false;
  for (const auto& [state, hooked] : session_->hooked_) UnhookAllocator(hooked);
  session_->ended_.store(true);
  session_.reset();
  return true;
}

std::optional<std::string> Tracer::Description() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return std::nullopt;
  return session_->options().description;
}

Member Tracer::Join(v8::Isolate* isolate, uint32_t id, std::string name,
                    int32_t* shared, std::string* error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) {
    *error = "abtrace is not tracing";
    return {};
  }
  auto& collections = collections_[isolate];
  if (collections == nullptr)
    collections = std::make_unique<MarkCompactCounter>(isolate);
  auto state = std::make_unique<ThreadState>(
      session_.get(), isolate, collections.get(), id, std::move(name), shared);
  HookedAllocator* hooked =
      HookAllocator(isolate, session_.get(), state.get(), error);
  if (hooked == nullptr) return {};
  state->CountOwn(shared, kSharedSlots * sizeof(int32_t));
  const Member member{session_, state.get()};
  session_->hooked_[state.get()] = hooked;
  session_->threads_.push_back(std::move(state));
  return member;
}

void Tracer::Leave(v8::Isolate* isolate, const Member& member) {
  const std::lock_guard<std::mutex> lock(mutex_);
  collections_.erase(isolate);
  if (member.session == nullptr) return;
  member.state->Detach();
  const auto found = member.session->hooked_.find(member.state);
  if (found != member.session->hooked_.end()) AbandonAllocator(found->second);
}

std::unique_ptr<SessionSnapshot> Tracer::Snapshot() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return nullptr;
  return std::make_unique<SessionSnapshot>(session_->Snapshot());
}

}  // namespace abtrace
