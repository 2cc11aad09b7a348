// The live set against a std::map, alone and under many threads.
#include "core/live_set.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>
#include <unordered_set>
#include <vector>

namespace abtrace {
namespace {

const void* Address(uint64_t number) {
  return reinterpret_cast<const void*>(number);
}

// A site is only named here, never written to.
Site* FakeSite(uint64_t number) { return reinterpret_cast<Site*>(number * 64); }

struct ModelRecord {
  uint64_t size;
  Site* site;
  uint32_t time_ms;
  uint32_t sequence;
};
using Model = std::map<const void*, ModelRecord>;

void ExpectSame(const LiveRecord& record, const void* address,
                const ModelRecord& expected) {
  EXPECT_EQ(record.address, address);
  EXPECT_EQ(record.size, expected.size);
  EXPECT_EQ(record.site, expected.site);
  EXPECT_EQ(record.time_ms, expected.time_ms);
  EXPECT_EQ(record.sequence, expected.sequence);
}

void ExpectSame(const LiveSet& set, const Model& model) {
  EXPECT_EQ(set.size(), model.size());
  const std::vector<LiveRecord> records = set.Records();
  ASSERT_EQ(records.size(), model.size());
  std::unordered_set<const void*> seen;
  for (const LiveRecord& record : records) {
    const auto expected = model.find(record.address);
    ASSERT_NE(expected, model.end());
    EXPECT_TRUE(seen.insert(record.address).second)
        << "an address stands in the set twice";
    ExpectSame(record, record.address, expected->second);
  }
}

// One random operation on both.
void Step(std::mt19937_64& random, uint64_t addresses, uint64_t stride,
          LiveSet& set, Model& model) {
  const void* address = Address((1 + random() % addresses) * stride);
  const auto known = model.find(address);
  switch (random() % 8) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const uint64_t size = random();
      Site* site = FakeSite(1 + random() % 50);
      const auto time_ms = static_cast<uint32_t>(random());
      const LiveSet::Inserted inserted =
          set.Insert(address, size, site, time_ms);
      ASSERT_TRUE(inserted.ok);
      ASSERT_EQ(inserted.replaced.has_value(), known != model.end());
      if (inserted.replaced) {
        ExpectSame(*inserted.replaced, address, known->second);
        EXPECT_NE(inserted.sequence, known->second.sequence);
      }
      model[address] = {size, site, time_ms, inserted.sequence};
      return;
    }
    case 4:
    case 5:
    case 6: {
      const std::optional<LiveRecord> erased = set.Erase(address);
      ASSERT_EQ(erased.has_value(), known != model.end());
      if (!erased) return;
      ExpectSame(*erased, address, known->second);
      model.erase(known);
      return;
    }
    default: {
      // Sometimes with a sequence that is out of date: such a call must change
      // nothing.
      const bool stale = random() % 3 == 0;
      const uint32_t sequence =
          known == model.end() ? 1 : known->second.sequence + (stale ? 1 : 0);
      Site* site = FakeSite(1 + random() % 50);
      const std::optional<LiveRecord> before =
          set.Reassign(address, sequence, site);
      ASSERT_EQ(before.has_value(), known != model.end() && !stale);
      if (!before) return;
      ExpectSame(*before, address, known->second);
      known->second.site = site;
    }
  }
}

struct Shape {
  const char* name;
  uint64_t addresses;  // How many different ones are drawn from.
  uint64_t stride;
  int steps;
};

class LiveSetModel : public testing::TestWithParam<Shape> {};

TEST_P(LiveSetModel, BehavesLikeAMap) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    LiveSet set;
    Model model;
    for (int i = 0; i < GetParam().steps; ++i) {
      Step(random, GetParam().addresses, GetParam().stride, set, model);
      if (HasFatalFailure()) return;
      if (i % (GetParam().steps / 10) == 0) ExpectSame(set, model);
    }
    ExpectSame(set, model);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, LiveSetModel,
    testing::Values(Shape{"OneAddress", 1, 4096, 500},
                    Shape{"FewAddressesChurned", 100, 16, 50000},
                    Shape{"NeighbouringBlocks", 3000, 1, 60000},
                    Shape{"PagesGrowingTables", 200000, 4096, 100000}),
    [](const auto& info) { return info.param.name; });

TEST(LiveSet, IsEmptyAtFirst) {
  LiveSet set;
  EXPECT_EQ(set.size(), 0u);
  EXPECT_EQ(set.table_bytes(), 0u);
  EXPECT_TRUE(set.Records().empty());
  EXPECT_FALSE(set.Erase(Address(64)).has_value());
  EXPECT_FALSE(set.Reassign(Address(64), 0, FakeSite(1)).has_value());
}

TEST(LiveSet, KeepsARecordOfZeroBytesAndTheHighestAddress) {
  LiveSet set;
  const void* highest = Address(~uint64_t{0});
  ASSERT_TRUE(set.Insert(highest, 0, FakeSite(1), 0).ok);
  const std::optional<LiveRecord> erased = set.Erase(highest);
  ASSERT_TRUE(erased.has_value());
  EXPECT_EQ(erased->size, 0u);
}

TEST(LiveSet, GrowsWithItsRecordsAndNotWithChurn) {
  LiveSet set;
  constexpr uint64_t kRecords = 100000;
  for (uint64_t i = 1; i <= kRecords; ++i)
    ASSERT_TRUE(set.Insert(Address(i * 16), i, nullptr, 0).ok);
  const size_t full = set.table_bytes();
  EXPECT_GE(full, kRecords * sizeof(LiveRecord));
  EXPECT_LE(full, kRecords * sizeof(LiveRecord) * 4);
  for (uint64_t i = kRecords + 1; i <= 10 * kRecords; ++i) {
    ASSERT_TRUE(set.Erase(Address((i - kRecords) * 16)).has_value());
    ASSERT_TRUE(set.Insert(Address(i * 16), i, nullptr, 0).ok);
  }
  EXPECT_EQ(set.size(), kRecords);
  EXPECT_LE(set.table_bytes(), full * 2)
      << "churn at a steady size must not make the tables grow";
}

TEST(LiveSet, KeepsEachThreadsRecordsApart) {
  constexpr int kThreads = 8;
  constexpr int kSteps = 40000;
  LiveSet set;
  std::vector<Model> models(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&set, &model = models[t], t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < kSteps; ++i) {
        // Addresses of the threads interleave, so that they meet in every
        // shard.
        const void* address =
            Address((1 + random() % 1000) * kThreads * 16 + t * 16);
        if (random() % 2 == 0) {
          const LiveSet::Inserted inserted =
              set.Insert(address, i, FakeSite(t + 1), i);
          ASSERT_TRUE(inserted.ok);
          ASSERT_EQ(inserted.replaced.has_value(), model.contains(address));
          model[address] = {static_cast<uint64_t>(i), FakeSite(t + 1),
                            static_cast<uint32_t>(i), inserted.sequence};
        } else {
          const std::optional<LiveRecord> erased = set.Erase(address);
          ASSERT_EQ(erased.has_value(), model.contains(address));
          if (erased) ExpectSame(*erased, address, model[address]);
          model.erase(address);
        }
      }
    });
  }
  // A reader meanwhile: what it sees must be whole records.
  std::thread reader([&set] {
    for (int i = 0; i < 50; ++i) {
      for (const LiveRecord& record : set.Records()) {
        ASSERT_EQ(record.size, record.time_ms);
        ASSERT_NE(record.site, nullptr);
      }
    }
  });
  for (std::thread& thread : threads) thread.join();
  reader.join();
  Model all;
  for (Model& model : models) all.merge(model);
  ExpectSame(set, all);
}

// What the allocator hook does: one thread allocates, others free; tallies must
// come out even.
TEST(LiveSet, LetsOtherThreadsFreeWhatOneAllocated) {
  constexpr int kBlocks = 50000;
  constexpr int kFreeing = 4;
  LiveSet set;
  SiteTable sites;
  Site* site = sites.Find({.stack = 1});
  for (uint64_t i = 1; i <= kBlocks; ++i) {
    site->Add(i);
    ASSERT_TRUE(set.Insert(Address(i * 64), i, site, 0).ok);
  }
  std::atomic<int> freed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kFreeing; ++t) {
    threads.emplace_back([&] {
      // All try to free every block: each succeeds for exactly one of them.
      for (uint64_t i = 1; i <= kBlocks; ++i) {
        const std::optional<LiveRecord> record = set.Erase(Address(i * 64));
        if (!record) continue;
        record->site->Remove(record->size);
        freed.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(freed.load(), kBlocks);
  EXPECT_EQ(set.size(), 0u);
  EXPECT_EQ(site->live_bytes(), 0u);
  EXPECT_EQ(site->live_count(), 0u);
}

}  // namespace
}  // namespace abtrace
