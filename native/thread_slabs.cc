// How a thread sees slabs come, and notes what is cut from them; see
// thread_state.h.
#include <optional>
#include <utility>

#include "core/recursion_guard.h"
#include "thread_state.h"

namespace abtrace {

void ThreadState::NoteMade(void* data, uint32_t sequence) {
  if (shared_ == nullptr) return;
  latest_made_ = {data, sequence};
  shared_[kSharedMade] = 1;
}

void ThreadState::OnCut(const Piece& piece) {
  if (shared_ == nullptr) return;
  const bool made = shared_[kSharedMade] != 0;
  shared_[kSharedMade] = 0;
  // What is made while a Buffer is, and is so much larger, is a slab.
  if (made && latest_made_.data == piece.data &&
      piece.length * 2 < piece.slab_bytes) {
    BeginSlab(piece.slab_bytes);
  }
  const Slab& slab = slabs_.slab();
  if (!slab.noted || slab.data != piece.data ||
      piece.offset < slab.notes.end()) {
    return;
  }
  const RecursionGuard guard;
  if (!guard.entered()) return;
  slabs_.BeginNote();
  Site* site = own_;
  if (!working_for_itself.load(std::memory_order_relaxed)) {
    const CapturedStack captured = capture_->Capture();
    site = SiteFor(captured, static_cast<ContextId>(shared_[kSharedContext]));
    if (!captured.has_user_frame && !captured.own)
      NotePieceOnTab(slab, piece.offset, piece.length, captured);
  }
  if (!slabs_.Cut(piece.offset, piece.length, site)) shared_[kSharedNoting] = 0;
  slabs_.EndNote();
}

void ThreadState::BeginSlab(uint64_t bytes) {
  const uint32_t sequence = latest_made_.sequence;
  // Below the threshold it has no record that could be charged to anybody.
  if (sequence == 0 || (sequence & SampledSet::kSequenceBit) != 0) return;
  Slab slab;
  slab.data = latest_made_.data;
  slab.sequence = sequence;
  slab.thread = id_;
  slab.bytes = bytes;
  if (std::optional<Slab> former =
          slabs_.Begin(std::move(slab), session_->slabs().note_bytes())) {
    session_->KeepSlab(std::move(*former));
  }
  shared_[kSharedNoting] = slabs_.slab().noted ? 1 : 0;
}

void ThreadState::PublishSlab() {
  if (slabs_.slab().data != nullptr) session_->KeepSlab(slabs_.slab());
}

}  // namespace abtrace
