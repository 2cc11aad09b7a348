// The sampler and its weights against the statistics that they promise, with
// fixed seeds: a test that passes once passes always.
#include "core/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace abtrace {
namespace {

double ChanceOf(uint64_t size, uint64_t interval) {
  return 1 -
         std::exp(-static_cast<double>(size) / static_cast<double>(interval));
}

TEST(Sampler, TakesEachSizeWithItsOwnChanceWhateverStandsAround) {
  constexpr uint64_t kInterval = 1000;
  constexpr int kRounds = 400'000;
  const std::vector<uint64_t> sizes = {1, 17, 100, 255, 999, 1000, 5000};
  Sampler sampler(kInterval, 7);
  std::mt19937_64 random(11);
  std::vector<int> met(sizes.size()), taken(sizes.size());
  for (int i = 0; i < kRounds; ++i) {
    const size_t pick = random() % sizes.size();
    ++met[pick];
    if (sampler.Take(sizes[pick])) ++taken[pick];
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    const double chance = ChanceOf(sizes[i], kInterval);
    const double sigma = std::sqrt(met[i] * chance * (1 - chance));
    EXPECT_NEAR(taken[i], met[i] * chance, 4 * sigma) << sizes[i];
  }
}

TEST(Sampler, TakesAllocationsIndependentlyOfEachOther) {
  constexpr uint64_t kSize = 300, kInterval = 1000;
  constexpr int kRounds = 300'000;
  Sampler sampler(kInterval, 3);
  int after_taken = 0, both = 0;
  bool before = false;
  for (int i = 0; i < kRounds; ++i) {
    const bool now = sampler.Take(kSize);
    if (before) {
      ++after_taken;
      if (now) ++both;
    }
    before = now;
  }
  const double chance = ChanceOf(kSize, kInterval);
  EXPECT_NEAR(both, after_taken * chance,
              4 * std::sqrt(after_taken * chance * (1 - chance)));
}

TEST(Sampler, DrawsGapsThatAreExponential) {
  constexpr uint64_t kInterval = 512;
  Sampler sampler(kInterval, 5);
  // Allocations of one byte: what lies between two that are taken is a gap.
  double sum = 0, squares = 0;
  int gaps = 0, long_gaps = 0;
  uint64_t gap = 0;
  for (int i = 0; i < 20'000'000; ++i) {
    ++gap;
    if (!sampler.Take(1)) continue;
    sum += static_cast<double>(gap);
    squares += static_cast<double>(gap) * static_cast<double>(gap);
    if (gap > 3 * kInterval) ++long_gaps;
    ++gaps;
    gap = 0;
  }
  const double mean = sum / gaps;
  const double deviation = std::sqrt(squares / gaps - mean * mean);
  EXPECT_NEAR(mean, kInterval, 4 * kInterval / std::sqrt(gaps));
  EXPECT_NEAR(deviation, kInterval, 0.02 * kInterval);
  const double chance = std::exp(-3.0);
  EXPECT_NEAR(long_gaps, gaps * chance,
              4 * std::sqrt(gaps * chance * (1 - chance)));
}

TEST(Sampler, TakesNothingWithoutAnInterval) {
  Sampler sampler(0, 1);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(sampler.Take(uint64_t{1} << 54));
}

TEST(Sampler, TakesAlmostEverythingThatIsMuchLargerThanTheInterval) {
  Sampler sampler(1, 1);
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += sampler.Take(100) ? 1 : 0;
  EXPECT_EQ(taken, 1000);
}

TEST(Sampler, RepeatsItselfWithTheSameSeedOnly) {
  Sampler a(1000, 1), b(1000, 1), c(1000, 2);
  int different = 0;
  for (int i = 0; i < 10'000; ++i) {
    const bool taken = a.Take(100);
    EXPECT_EQ(taken, b.Take(100));
    if (taken != c.Take(100)) ++different;
  }
  EXPECT_GT(different, 100);
}

TEST(Weights, MakeSumsOfSamplesUnbiased) {
  constexpr uint64_t kInterval = 4096;
  constexpr int kTrials = 2000, kAllocations = 2000;
  std::mt19937_64 sizes_random(1);
  std::vector<uint64_t> sizes(kAllocations);
  double bytes = 0;
  for (uint64_t& size : sizes) {
    size = 1 + sizes_random() % 255;
    bytes += static_cast<double>(size);
  }
  double bytes_sum = 0, count_sum = 0, bytes_squares = 0;
  double bytes_variance = 0, count_variance = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Sampler sampler(kInterval, static_cast<uint64_t>(trial));
    double bytes_estimate = 0, count_estimate = 0;
    for (const uint64_t size : sizes) {
      if (!sampler.Take(size)) continue;
      const SampleWeight weight = WeightOf(size, kInterval);
      bytes_estimate += weight.bytes;
      count_estimate += weight.count;
      bytes_variance += weight.bytes_variance / kTrials;
      count_variance += weight.count_variance / kTrials;
    }
    bytes_sum += bytes_estimate;
    count_sum += count_estimate;
    bytes_squares += (bytes_estimate - bytes) * (bytes_estimate - bytes);
  }
  // The mean of many trials is the truth, within its own error; and the errors
  // that are given are those that are made.
  EXPECT_NEAR(bytes_sum / kTrials, bytes,
              4 * std::sqrt(bytes_variance / kTrials));
  EXPECT_NEAR(count_sum / kTrials, kAllocations,
              4 * std::sqrt(count_variance / kTrials));
  EXPECT_NEAR(std::sqrt(bytes_squares / kTrials), std::sqrt(bytes_variance),
              0.06 * std::sqrt(bytes_variance));
}

TEST(Weights, GrowIntoTheAllocationItselfAsItNeedsNoSampling) {
  const SampleWeight large = WeightOf(1'000'000, 1000);
  EXPECT_EQ(large.bytes, 1'000'000);
  EXPECT_EQ(large.count, 1);
  EXPECT_NEAR(large.bytes_variance, 0, 1e-9);
  const SampleWeight small = WeightOf(1, 1'000'000);
  EXPECT_NEAR(small.bytes, 1'000'000.5, 0.01);
  EXPECT_NEAR(small.count, 1'000'000.5, 0.01);
}

}  // namespace
}  // namespace abtrace
