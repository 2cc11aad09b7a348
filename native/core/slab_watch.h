// Watches one thread cut small Buffers from slabs: which slab it cuts from now,
// and whether what is cut from it is noted.
#ifndef ABTRACE_NATIVE_CORE_SLAB_WATCH_H_
#define ABTRACE_NATIVE_CORE_SLAB_WATCH_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "slab_notes.h"

namespace abtrace {

// To note a piece takes a look at the stack, which may take longer than the
// piece itself. So it is decided slab by slab: all are noted until that has
// taken some time, then so many that it takes 2 % of the thread's. By chance,
// so that nothing that recurs falls in step with it; and whole slabs, since a
// leak may keep a single piece of each.
//
//   credit   earned with time, spent by noting; at most 50 ms, and so to begin
//   chance   1 while half of that is there, less in proportion below, but not
//            less than 1 in 1024: that takes less time still
//
// Only on the isolate's thread.
class SlabWatch {
 public:
  explicit SlabWatch(uint64_t seed) : random_(seed) {}

  // From now on pieces are cut from this slab. Returns the former one.
  // `note_bytes` is what the notes of all live slabs take.
  std::optional<Slab> Begin(Slab slab, size_t note_bytes);
  // A piece was cut from it. False if it is not noted any more.
  bool Cut(uint64_t offset, uint64_t length, Site* site) {
    slab_.noted = slab_.notes.Cut(offset, length, site);
    return slab_.noted;
  }
  // As SlabNotes::Give; false if that is another slab.
  bool Give(const void* data, uint32_t sequence, uint64_t offset,
            uint64_t length, Site* site) {
    if (slab_.data != data || slab_.sequence != sequence) return false;
    slab_.notes.Give(offset, length, site);
    return true;
  }
  // Around the noting of a piece: what that takes is found out now and then.
  void BeginNote();
  void EndNote();

  // `data` null: there is none.
  const Slab& slab() const { return slab_; }

 private:
  using Clock = std::chrono::steady_clock;

  void Earn();
  double Random();

  static constexpr double kMostCreditNs = 50e6;
  static constexpr double kPartOfTime = 0.02;
  static constexpr double kLeastChance = 1.0 / 1024;
  static constexpr size_t kMostNoteBytes = size_t{16} << 20;
  static constexpr uint64_t kClockEvery = 32;

  Slab slab_;
  uint64_t random_;
  uint64_t slabs_ = 0;
  double credit_ns_ = kMostCreditNs;
  double note_ns_ = 1000;  // What a note takes.
  uint64_t notes_ = 0;
  Clock::time_point earned_at_ = Clock::now();
  Clock::time_point begun_at_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_SLAB_WATCH_H_
