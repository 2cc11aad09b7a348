// Growing blocks against a slow model: a list with an entry for each byte.
#include "core/growing_block.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace abtrace {
namespace {

TEST(GrowingBlock, GivesWhatItGrowsByToTheSiteThatGrewIt) {
  Site made{SiteKey{}}, grown{SiteKey{}};
  GrowingBlock block;
  block.Resize(100, &made, 1);
  block.Resize(150, &grown, 2);
  block.Resize(180, &made, 3);
  EXPECT_EQ(made.live_bytes(), 130u);
  EXPECT_EQ(made.live_count(), 1u);
  EXPECT_EQ(grown.live_bytes(), 50u);
  EXPECT_EQ(block.bytes(), 180u);
}

TEST(GrowingBlock, TakesWhatItShrinksByOffTheLatestGrowth) {
  Site made{SiteKey{}}, grown{SiteKey{}};
  GrowingBlock block;
  block.Resize(100, &made, 1);
  block.Resize(150, &grown, 2);
  block.Resize(120, &made, 3);
  EXPECT_EQ(grown.live_bytes(), 20u);
  block.Resize(40, &made, 4);
  EXPECT_EQ(grown.live_count(), 0u);
  EXPECT_EQ(made.live_bytes(), 40u);
  block.Resize(0, &made, 5);
  EXPECT_EQ(made.live_bytes(), 0u);
  EXPECT_EQ(made.live_count(), 1u);
}

TEST(GrowingBlock, IsNoLongerLiveWhenReleased) {
  Site made{SiteKey{}}, grown{SiteKey{}};
  GrowingBlock block;
  block.Resize(0, &made, 1);
  EXPECT_EQ(made.live_count(), 1u);
  block.Resize(70, &grown, 2);
  block.Release();
  for (const Site* site : {&made, &grown}) {
    EXPECT_EQ(site->live_bytes(), 0u);
    EXPECT_EQ(site->live_count(), 0u);
    EXPECT_EQ(site->total_count(), 1u);
  }
  EXPECT_TRUE(block.parts().empty());
}

TEST(GrowingBlock, AddsUpWhateverHappens) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    // More sites than parts: what the last ones add is counted for one of them.
    std::vector<Site*> sites;
    for (size_t i = 0; i < GrowingBlock::kMostParts + 10; ++i)
      sites.push_back(new Site{SiteKey{}});
    GrowingBlock block;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < 2000; ++i) {
      bytes =
          random() % 4 == 0 ? random() % (bytes + 1) : bytes + random() % 1000;
      block.Resize(bytes, sites[random() % sites.size()], i);
      ASSERT_EQ(block.bytes(), bytes);
      ASSERT_LE(block.parts().size(), GrowingBlock::kMostParts);
      uint64_t live_bytes = 0, live_count = 0;
      for (const Site* site : sites) {
        live_bytes += site->live_bytes();
        live_count += site->live_count();
        ASSERT_LE(site->live_bytes(), site->peak_bytes());
      }
      ASSERT_EQ(live_bytes, bytes);
      ASSERT_EQ(live_count, block.parts().size());
    }
    block.Release();
    for (Site* site : sites) {
      EXPECT_EQ(site->live_bytes(), 0u);
      delete site;
    }
  }
}

}  // namespace
}  // namespace abtrace
