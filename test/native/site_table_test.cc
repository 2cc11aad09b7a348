// Sites and their tallies against plain arithmetic, alone and under many
// threads.
#include "core/site_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>
#include <tuple>
#include <vector>

namespace abtrace {
namespace {

struct Tally {
  uint64_t live_bytes = 0, live_count = 0, total_bytes = 0, total_count = 0,
           peak_bytes = 0, peak_count = 0;
};

void ExpectSame(const Site& site, const Tally& tally) {
  EXPECT_EQ(site.live_bytes(), tally.live_bytes);
  EXPECT_EQ(site.live_count(), tally.live_count);
  EXPECT_EQ(site.total_bytes(), tally.total_bytes);
  EXPECT_EQ(site.total_count(), tally.total_count);
  EXPECT_EQ(site.peak_bytes(), tally.peak_bytes);
  EXPECT_EQ(site.peak_count(), tally.peak_count);
}

TEST(Site, TalliesLikePlainArithmetic) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Site site{SiteKey{}};
    Tally tally;
    std::vector<uint64_t> live;
    for (int i = 0; i < 5000; ++i) {
      if (live.empty() || random() % 5 < 3) {
        const uint64_t bytes = random() % (uint64_t{1} << (random() % 40));
        site.Add(bytes);
        live.push_back(bytes);
        tally.live_bytes += bytes;
        tally.total_bytes += bytes;
        ++tally.live_count;
        ++tally.total_count;
        tally.peak_bytes = std::max(tally.peak_bytes, tally.live_bytes);
        tally.peak_count = std::max(tally.peak_count, tally.live_count);
        continue;
      }
      std::swap(live[random() % live.size()], live.back());
      const uint64_t bytes = live.back();
      live.pop_back();
      tally.live_bytes -= bytes;
      --tally.live_count;
      if (random() % 2 == 0) {
        site.Remove(bytes);
      } else {
        site.Undo(bytes);
        tally.total_bytes -= bytes;
        --tally.total_count;
      }
      ExpectSame(site, tally);
    }
  }
}

TEST(Site, LosesNothingUnderManyThreads) {
  constexpr int kThreads = 8;
  constexpr uint64_t kRounds = 20000;
  Site site{SiteKey{}};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&site] {
      for (uint64_t i = 0; i < kRounds; ++i) {
        site.Add(100);
        if (i % 4 != 0) site.Remove(100);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const uint64_t kept = kThreads * kRounds / 4;
  EXPECT_EQ(site.live_count(), kept);
  EXPECT_EQ(site.live_bytes(), kept * 100);
  EXPECT_EQ(site.total_count(), kThreads * kRounds);
  EXPECT_EQ(site.total_bytes(), kThreads * kRounds * 100);
  // Each thread is ahead of what it keeps by one at most.
  EXPECT_GE(site.peak_count(), kept);
  EXPECT_LE(site.peak_count(), kept + kThreads);
  EXPECT_GE(site.peak_bytes(), kept * 100);
  EXPECT_LE(site.peak_bytes(), (kept + kThreads) * 100);
}

auto Tuple(const SiteKey& key) {
  return std::make_tuple(key.stack, key.cause, key.label, key.thread, key.kind,
                         key.own);
}

SiteKey RandomKey(std::mt19937_64& random, uint32_t spread) {
  return {.stack = static_cast<StackId>(random() % spread),
          .cause = static_cast<StackId>(random() % 3),
          .label = static_cast<StringId>(random() % 3),
          .thread = static_cast<uint32_t>(random() % 3),
          .kind = static_cast<Kind>(random() % 6),
          .own = random() % 8 == 0};
}

TEST(SiteTable, GivesOneSitePerKeyForEver) {
  std::mt19937_64 random(7);
  SiteTable table;
  std::map<decltype(Tuple({})), Site*> model;
  std::vector<const Site*> in_order;
  for (int i = 0; i < 60000; ++i) {
    const SiteKey key = RandomKey(random, 40);
    Site* site = table.Find(key);
    ASSERT_NE(site, nullptr);
    EXPECT_EQ(site->key(), key);
    const auto [known, added] = model.emplace(Tuple(key), site);
    EXPECT_EQ(known->second, site) << "a key's site must not change";
    if (added) in_order.push_back(site);
  }
  EXPECT_EQ(table.size(), model.size());
  EXPECT_EQ(table.overflows(), 0u);
  std::vector<const Site*> visited;
  table.ForEach([&visited](const Site& site) { visited.push_back(&site); });
  EXPECT_EQ(visited, in_order);
}

TEST(SiteTable, TellsKeysApartByEveryField) {
  SiteTable table;
  const SiteKey base{.stack = 5, .cause = 5, .label = 5, .thread = 5};
  std::vector<SiteKey> keys(7, base);
  keys[1].stack = 6;
  keys[2].cause = 6;
  keys[3].label = 6;
  keys[4].thread = 6;
  keys[5].kind = Kind::kWasm;
  keys[6].own = true;
  for (const SiteKey& key : keys) table.Find(key);
  EXPECT_EQ(table.size(), keys.size());
}

TEST(SiteTable, AnswersPastItsLimitWithTheThreadsOwnSiteWithoutAStack) {
  SiteTable table;
  for (uint32_t i = 1; i <= SiteTable::kMaxSites; ++i)
    table.Find({.stack = i, .thread = 1});
  EXPECT_EQ(table.size(), SiteTable::kMaxSites);
  EXPECT_EQ(table.overflows(), 0u);
  Site* known = table.Find({.stack = 1, .thread = 1});
  EXPECT_EQ(known->key().stack, 1u)
      << "sites made before the limit are still found";
  EXPECT_EQ(table.overflows(), 0u);

  const uint32_t unknown = SiteTable::kMaxSites + 1;
  Site* first =
      table.Find({.stack = unknown, .cause = 2, .label = 3, .thread = 1});
  EXPECT_EQ(first->key(), (SiteKey{.thread = 1}));
  Site* second = table.Find({.stack = unknown + 1, .thread = 1});
  EXPECT_EQ(second, first);
  Site* other_kind = table.Find(
      {.stack = unknown, .thread = 2, .kind = Kind::kShared, .own = true});
  EXPECT_EQ(other_kind->key(),
            (SiteKey{.thread = 2, .kind = Kind::kShared, .own = true}));
  EXPECT_EQ(table.overflows(), 3u);
  EXPECT_EQ(table.size(), SiteTable::kMaxSites + 2);
}

TEST(SiteTable, GivesAllThreadsTheSameSites) {
  constexpr int kThreads = 8;
  constexpr int kSteps = 20000;
  SiteTable table;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&table, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < kSteps; ++i)
        table.Find(RandomKey(random, 100))->Add(1);
    });
  }
  // A dump may be taken while others add sites.
  std::thread reader([&table] {
    for (int i = 0; i < 20; ++i) {
      size_t visited = 0;
      table.ForEach([&visited](const Site& site) {
        EXPECT_LE(site.key().stack, 100u);
        ++visited;
      });
      EXPECT_LE(visited, table.size());
    }
  });
  for (std::thread& thread : threads) thread.join();
  reader.join();
  uint64_t total = 0;
  std::map<decltype(Tuple({})), int> keys;
  table.ForEach([&](const Site& site) {
    total += site.total_count();
    EXPECT_EQ(++keys[Tuple(site.key())], 1) << "two sites of one key";
  });
  EXPECT_EQ(total, static_cast<uint64_t>(kThreads) * kSteps);
}

}  // namespace
}  // namespace abtrace
