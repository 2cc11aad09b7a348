// The samples against a slow model, alone and under many threads.
#include "core/sampled_set.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>
#include <vector>

namespace abtrace {
namespace {

constexpr uint64_t kInterval = 4096;

const void* Address(uint64_t number) {
  return reinterpret_cast<const void*>(number * 16);
}

struct ModelSample {
  uint64_t size;
  Site* site;
  uint32_t sequence;
};

SampledRow RowOf(const SampledSet& set, const Site* site) {
  for (const SampledRow& row : set.Rows()) {
    if (row.site == site) return row;
  }
  return {};
}

TEST(SampledSet, AgreesWithAModelUnderRandomOperations) {
  SampledSet set(kInterval);
  SiteTable table;
  std::vector<Site*> sites;
  for (StackId stack = 1; stack <= 5; ++stack)
    sites.push_back(table.Find({.stack = stack}));
  std::map<const void*, ModelSample> model;
  std::mt19937_64 random(42);
  for (int step = 0; step < 200'000; ++step) {
    const void* address = Address(1 + random() % 3000);
    Site* site = sites[random() % sites.size()];
    const auto known = model.find(address);
    switch (random() % 4) {
      case 0:
      case 1: {
        const uint64_t size = 1 + random() % 255;
        model[address] = {size, site, set.Insert(address, size, site, 0)};
        EXPECT_TRUE(set.MayHold(address));
        break;
      }
      case 2:
        if (known != model.end()) {
          EXPECT_TRUE(set.MayHold(address));
          model.erase(known);
        }
        if (set.MayHold(address)) set.Erase(address);
        break;
      default:
        if (known == model.end()) {
          set.Reassign(address, SampledSet::kSequenceBit | 1, site);
        } else if (random() % 4 == 0) {
          set.Reassign(address, known->second.sequence - 1, site);
        } else {
          set.Reassign(address, known->second.sequence, site);
          known->second.site = site;
        }
    }
  }
  for (Site* site : sites) {
    double bytes = 0, count = 0, variance = 0;
    uint64_t samples = 0;
    for (const auto& [address, sample] : model) {
      if (sample.site != site) continue;
      const SampleWeight weight = WeightOf(sample.size, kInterval);
      bytes += weight.bytes;
      count += weight.count;
      variance += weight.bytes_variance;
      ++samples;
    }
    const SampledRow row = RowOf(set, site);
    EXPECT_EQ(row.live_samples, samples);
    EXPECT_EQ(row.live_bytes, bytes);
    EXPECT_EQ(row.live_count, count);
    EXPECT_NEAR(row.live_bytes_error * row.live_bytes_error, variance,
                variance * 1e-9);
    EXPECT_GE(row.peak_bytes, bytes);
    EXPECT_GE(row.total_bytes, row.peak_bytes);
  }
}

TEST(SampledSet, IsEmptyToTheLastBitOnceAllIsFreed) {
  SampledSet set(kInterval);
  SiteTable table;
  Site* site = table.Find({.stack = 1});
  for (uint64_t i = 1; i <= 10'000; ++i)
    set.Insert(Address(i), 1 + i % 255, site, 0);
  for (uint64_t i = 10'000; i >= 1; --i) set.Erase(Address(i));
  const SampledRow row = RowOf(set, site);
  EXPECT_EQ(row.live_samples, 0u);
  EXPECT_EQ(row.live_bytes, 0);
  EXPECT_EQ(row.live_count, 0);
  EXPECT_EQ(row.live_bytes_error, 0);
  EXPECT_EQ(row.total_samples, 10'000u);
  for (uint64_t i = 1; i <= 10'000; ++i) EXPECT_FALSE(set.MayHold(Address(i)));
}

TEST(SampledSet, SetsABitThatTheLiveSetLeavesAlone) {
  SampledSet set(kInterval);
  SiteTable table;
  const uint32_t sequence = set.Insert(Address(1), 1, table.Find({}), 0);
  EXPECT_NE(sequence & SampledSet::kSequenceBit, 0u);
}

TEST(SampledSet, CountsAgesByWhatTheSamplesStandFor) {
  SampledSet set(kInterval);
  SiteTable table;
  Site* site = table.Find({.stack = 1});
  // Three large ones stand for fewer allocations than the small one does.
  set.Insert(Address(1), 250, site, 10);
  set.Insert(Address(2), 250, site, 20);
  set.Insert(Address(3), 250, site, 30);
  set.Insert(Address(4), 1, site, 40);
  const SampledRow row = RowOf(set, site);
  EXPECT_EQ(row.live.front().time_ms, 10u);
  EXPECT_EQ(row.MedianTimeMs(), 40u);
}

TEST(SampledSet, ListsWhatIsAliveAndWhatItStandsFor) {
  SampledSet set(kInterval);
  SiteTable table;
  Site* site = table.Find({.stack = 1});
  set.Insert(Address(1), 250, site, 10);
  set.Insert(Address(2), 40, site, 20);
  set.Erase(Address(1));
  const std::vector<SampledSet::Live> live = set.LiveSamples();
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].address, Address(2));
  EXPECT_EQ(live[0].size, 40u);
  EXPECT_EQ(live[0].site, site);
  EXPECT_EQ(live[0].time_ms, 20u);
  EXPECT_EQ(live[0].count, RowOf(set, site).live_count);
}

TEST(SampledSet, HoldsNothingWithoutAnInterval) {
  const SampledSet set(0);
  EXPECT_FALSE(set.MayHold(Address(1)));
  EXPECT_TRUE(set.Rows().empty());
}

TEST(SampledSet, KeepsItsSumsUnderManyThreads) {
  SampledSet set(kInterval);
  SiteTable table;
  Site* site = table.Find({.stack = 1});
  constexpr uint64_t kThreads = 4, kEach = 20'000;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&set, site, thread] {
      for (uint64_t i = 0; i < kEach; ++i) {
        const void* address = Address(1 + thread * kEach + i);
        set.Insert(address, 100, site, 0);
        if (i % 2 == 0 && set.MayHold(address)) set.Erase(address);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const SampledRow row = RowOf(set, site);
  EXPECT_EQ(row.live_samples, kThreads * kEach / 2);
  EXPECT_EQ(row.live_bytes, WeightOf(100, kInterval).bytes *
                                static_cast<double>(row.live_samples));
}

}  // namespace
}  // namespace abtrace
