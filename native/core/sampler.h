// Poisson sampling of allocations by bytes: which ones to take, and what each
// stands for. Pure arithmetic.
#ifndef ABTRACE_NATIVE_CORE_SAMPLER_H_
#define ABTRACE_NATIVE_CORE_SAMPLER_H_

#include <atomic>
#include <cstdint>

namespace abtrace {

// Points fall on the bytes that a thread allocates, independently, one in
// `interval` bytes on average; an allocation is taken if a point falls on it.
//
//   bytes  │ A  │   B    │C│     D      │ E │ …
//   points        ×              ×  ×             taken: B, D
//          ├─ gap ┤        ├─ gap ┤
//
// Gaps are exponential, drawn anew from the end of what was taken (a Poisson
// process has no memory), so each allocation is taken independently of all
// others, with the probability 1 - exp(-size / interval). V8's sampling heap
// profiler and tcmalloc sample the same way.
//
// One per thread. Other threads may call it (V8 may allocate for an isolate off
// its thread): a race can lose a step, nothing worse.
class Sampler {
 public:
  // Interval in bytes; 0 takes nothing. The same seed gives the same gaps.
  Sampler(uint64_t interval, uint64_t seed);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Whether to take an allocation of `size` bytes.
  bool Take(uint64_t size) {
    const int64_t left =
        left_.load(std::memory_order_relaxed) - static_cast<int64_t>(size);
    if (left > 0) [[likely]] {
      left_.store(left, std::memory_order_relaxed);
      return false;
    }
    return Renew();
  }

 private:
  bool Renew();
  int64_t NextGap();

  const uint64_t interval_;
  std::atomic<uint64_t> state_;
  std::atomic<int64_t> left_;  // Bytes up to and with the next point's.
};

// What an allocation that was taken stands for, so that sums over those taken
// estimate sums over all: the estimator of Horvitz and Thompson ("A
// Generalization of Sampling Without Replacement From a Finite Universe", JASA
// 47, 1952), with p = 1 - exp(-size / interval).
struct SampleWeight {
  double bytes = 0;           // size / p
  double count = 0;           // 1 / p
  double bytes_variance = 0;  // Its unbiased part in the variance of the sum:
  double count_variance = 0;  // (1 - p) size² / p², and (1 - p) / p².
};
// `size` and `interval` are at least 1. Bytes and count are rounded to
// multiples of 2^-10 and 2^-20, so that adding and taking away again leaves
// nothing.
SampleWeight WeightOf(uint64_t size, uint64_t interval);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_SAMPLER_H_
