// Tabs of ThreadState: what came in for somebody who is not known yet, and who
// claims it.
#include <algorithm>
#include <utility>

#include "thread_state.h"

namespace abtrace {

void ThreadState::NoteOnTab(void* data, uint32_t sequence,
                            const CapturedStack& captured, const What& what) {
  const int32_t id = shared_ == nullptr ? 0 : shared_[kSharedTab];
  if (id == 0 || sequence == 0) return;
  TabEntry entry{data, sequence, captured, 0, what};
  entry.captured.memo = nullptr;  // It will not last.
  PutOnTab(id, entry);
}

void ThreadState::NotePieceOnTab(const Slab& slab, uint64_t offset,
                                 uint64_t length,
                                 const CapturedStack& captured) {
  const int32_t id = shared_[kSharedTab];
  if (id == 0) return;
  TabEntry entry{slab.data, slab.sequence, captured, 0, {}, offset, length};
  entry.captured.memo = nullptr;
  PutOnTab(id, entry);
}

void ThreadState::Give(const TabEntry& entry, ContextId context) {
  Site* site = SiteFor(entry.captured, context, entry.what);
  if (entry.length == 0) {
    session_->Reassign(entry.data, entry.sequence, site);
  } else if (!slabs_.Give(entry.data, entry.sequence, entry.offset,
                          entry.length, site)) {
    session_->slabs().Give(entry.data, entry.sequence, entry.offset,
                           entry.length, site);
  }
}

void ThreadState::PutOnTab(int32_t id, const TabEntry& entry) {
  const auto [found, made] = tabs_.try_emplace(id);
  if (made) tab_order_.push_back(id);
  Tab& tab = found->second;
  if (tab.entries.size() >= kMostTabEntries) {
    tab.entries.erase(tab.entries.begin(),
                      tab.entries.begin() + kMostTabEntries / 2);
  }
  tab.entries.push_back(entry);
  while (tab_order_.size() > kMostTabs) {
    tabs_.erase(tab_order_.front());
    tab_order_.pop_front();
  }
}

void ThreadState::ClaimTab(int32_t id, ContextId context, bool close) {
  const auto found = tabs_.find(id);
  if (found == tabs_.end()) return;
  for (const TabEntry& entry : found->second.entries) {
    Give(entry, context);
  }
  if (close) tabs_.erase(found);
}

void ThreadState::HandOver(int32_t id, ContextId context) {
  const auto found = tabs_.find(id);
  if (found == tabs_.end()) return;
  Tab& tab = found->second;
  if (HasCalled(context, tab.taker)) return;
  tab.taker = context;
  ClaimTab(id, AsTaker(context), false);
}

bool ThreadState::HasCalled(ContextId caller, ContextId taker) {
  const FrameId frame = contexts_.Get(caller).user_frame;
  const Context& taking = contexts_.Get(taker);
  if (frame == 0 || taking.cause == 0 || frame == taking.user_frame)
    return false;
  const std::vector<FrameId> frames =
      session_->symbols().FramesOf(taking.cause);
  return std::find(frames.begin(), frames.end(), frame) != frames.end();
}

ContextId ThreadState::AsTaker(ContextId context) {
  const auto known = takers_.find(context);
  if (known != takers_.end()) return known->second;
  SymbolTable& symbols = session_->symbols();
  Context taking = contexts_.Get(context);
  std::vector<FrameId> frames = symbols.FramesOf(taking.cause);
  const auto shown = std::find(frames.begin(), frames.end(), taking.user_frame);
  ContextId made = context;
  if (taking.user_frame != 0 && shown != frames.end()) {
    Frame frame = symbols.FrameOf(taking.user_frame);
    frame.origin = Origin::kTaker;
    const FrameId marked = symbols.InternFrame(frame);
    *shown = marked;
    const StackId cause = marked == 0 ? 0 : symbols.InternStack(frames);
    if (cause != 0) {
      taking.cause = cause;
      taking.user_frame = marked;
      made = contexts_.Intern(taking);
    }
  }
  takers_.emplace(context, made);
  return made;
}

void ThreadState::MoveTab(int32_t from, int32_t to) {
  const auto found = tabs_.find(from);
  if (found == tabs_.end() || from == to) return;
  const std::vector<TabEntry> moved = std::move(found->second.entries);
  tabs_.erase(found);
  for (const TabEntry& entry : moved) PutOnTab(to, entry);
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
    Give(entry, entry.claimed_by);
  }
  tab.entries.clear();
  return true;
}

}  // namespace abtrace
