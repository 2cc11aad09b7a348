// Which slabs are noted.
#include "core/slab_watch.h"

#include <gtest/gtest.h>

#include <optional>

namespace abtrace {
namespace {

Slab MakeSlab(uint64_t number) {
  Slab slab;
  slab.data = reinterpret_cast<void*>(number * 0x10000);
  slab.bytes = 8192;
  return slab;
}

Site* FakeSite() { return reinterpret_cast<Site*>(64); }

TEST(SlabWatchTest, NotesEverySlabAsLongAsThatTakesLittle) {
  SlabWatch watch(1);
  EXPECT_EQ(watch.slab().data, nullptr);
  EXPECT_FALSE(watch.Begin(MakeSlab(1), 0).has_value());
  for (uint64_t number = 2; number <= 100; ++number) {
    EXPECT_TRUE(watch.slab().noted);
    EXPECT_TRUE(watch.Cut(0, 8, FakeSite()));
    const std::optional<Slab> former = watch.Begin(MakeSlab(number), 0);
    ASSERT_TRUE(former.has_value());
    EXPECT_EQ(former->number, number - 1);
    EXPECT_EQ(former->notes.pieces(), 1u);
    EXPECT_EQ(former->weight, 1);
  }
}

TEST(SlabWatchTest, NotesFewOfManyAndSaysHowManyEachStandsFor) {
  SlabWatch watch(1);
  watch.Begin(MakeSlab(1), 0);
  double noted = 0;
  double stood_for = 0;
  constexpr double kSlabs = 100'000;
  for (uint64_t number = 2; number < kSlabs; ++number) {
    if (watch.slab().noted) {
      for (uint64_t at = 0; at < 8192; at += 8) watch.Cut(at, 8, FakeSite());
      ++noted;
      stood_for += watch.slab().weight;
    }
    watch.Begin(MakeSlab(number), 0);
  }
  EXPECT_GT(noted, 10);
  EXPECT_LT(noted, kSlabs / 10);
  EXPECT_GT(stood_for, kSlabs / 4);
  EXPECT_LT(stood_for, kSlabs * 4);
}

TEST(SlabWatchTest, NotesNoneWhileThereIsNoRoomForMore) {
  SlabWatch watch(1);
  for (uint64_t number = 1; number <= 100; ++number) {
    watch.Begin(MakeSlab(number), size_t{1} << 30);
    EXPECT_FALSE(watch.slab().noted);
  }
}

TEST(SlabWatchTest, GivesUpASlabThatCannotBeNoted) {
  SlabWatch watch(1);
  Slab large = MakeSlab(1);
  large.bytes = SlabNotes::kMostBytes * 2;
  watch.Begin(large, 0);
  EXPECT_FALSE(watch.slab().noted);
  watch.Begin(MakeSlab(2), 0);
  EXPECT_FALSE(watch.Cut(SlabNotes::kMostBytes, 8, FakeSite()));
  EXPECT_FALSE(watch.slab().noted);
}

}  // namespace
}  // namespace abtrace
