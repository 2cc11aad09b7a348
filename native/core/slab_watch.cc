// Pacing; see the header.
#include "slab_watch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "hash.h"

namespace abtrace {

void SlabWatch::Earn() {
  const Clock::time_point now = Clock::now();
  const std::chrono::duration<double, std::nano> passed = now - earned_at_;
  earned_at_ = now;
  credit_ns_ = std::clamp(credit_ns_ + passed.count() * kPartOfTime,
                          -kMostCreditNs, kMostCreditNs);
}

double SlabWatch::Random() {
  random_ += 0x9e3779b97f4a7c15ULL;
  return std::ldexp(static_cast<double>(Mix(random_) >> 11), -53);
}

std::optional<Slab> SlabWatch::Begin(Slab slab, size_t note_bytes) {
  credit_ns_ -= static_cast<double>(slab_.notes.pieces()) * note_ns_;
  Earn();
  // Of the credit and of the room for notes, in halves.
  const double credit = 2 * credit_ns_ / kMostCreditNs;
  const double room =
      2 - 2 * static_cast<double>(note_bytes) / double{kMostNoteBytes};
  const double chance = std::min({1.0, std::max(credit, kLeastChance), room});
  slab.number = ++slabs_;
  slab.noted = slab.bytes <= SlabNotes::kMostBytes && Random() < chance;
  slab.weight = slab.noted ? 1 / chance : 1;
  std::swap(slab, slab_);
  if (slab.data == nullptr) return std::nullopt;
  return slab;
}

void SlabWatch::BeginNote() {
  if (++notes_ % kClockEvery == 0) begun_at_ = Clock::now();
}

void SlabWatch::EndNote() {
  if (notes_ % kClockEvery != 0) return;
  const std::chrono::duration<double, std::nano> passed =
      Clock::now() - begun_at_;
  // Stacks that are seen for the first time, and pauses, count but little.
  note_ns_ += (std::min(passed.count(), 20 * note_ns_) - note_ns_) / 16;
}

}  // namespace abtrace
