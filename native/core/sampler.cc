// The sampler's dice and weights; see the header.
#include "sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "hash.h"

namespace abtrace {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr uint64_t kStep = 0x9e3779b97f4a7c15ULL;  // Odd: all states are met.
constexpr double kMostGap = 9e18;

double RoundTo(double value, int bits) {
  return std::ldexp(std::nearbyint(std::ldexp(value, bits)), -bits);
}

}  // namespace

Sampler::Sampler(uint64_t interval, uint64_t seed)
    : interval_(interval), state_(Mix(seed + kStep)), left_(kNever) {
  if (interval_ > 0) left_.store(NextGap());
}

bool Sampler::Renew() {
  const bool on = interval_ > 0;
  left_.store(on ? NextGap() : kNever, std::memory_order_relaxed);
  return on;
}

// At least 1. A point at x lies on byte ceil(x), counted from 1.
int64_t Sampler::NextGap() {
  const uint64_t state = state_.load(std::memory_order_relaxed) + kStep;
  state_.store(state, std::memory_order_relaxed);
  // 53 random bits, in (0, 1]: the logarithm is finite.
  const double uniform =
      std::ldexp(static_cast<double>((Mix(state) >> 11) + 1), -53);
  const double gap = -std::log(uniform) * static_cast<double>(interval_);
  return static_cast<int64_t>(std::clamp(std::ceil(gap), 1.0, kMostGap));
}

SampleWeight WeightOf(uint64_t size, uint64_t interval) {
  const double bytes = static_cast<double>(size);
  const double points = bytes / static_cast<double>(interval);
  const double taken = -std::expm1(-points);
  SampleWeight weight;
  weight.bytes = RoundTo(bytes / taken, 10);
  weight.count = RoundTo(1 / taken, 20);
  const double missed = std::exp(-points);
  weight.bytes_variance = missed * (bytes / taken) * (bytes / taken);
  weight.count_variance = missed / (taken * taken);
  return weight;
}

}  // namespace abtrace
