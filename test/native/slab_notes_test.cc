// Notes of slabs, alone and against a slow model, and whom slabs are charged
// to.
#include "core/slab_notes.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace abtrace {
namespace {

// A site is only named here, never written to.
Site* FakeSite(uint64_t number) { return reinterpret_cast<Site*>(number * 64); }
void* Address(uint64_t number) { return reinterpret_cast<void*>(number); }

Slab MakeSlab(uint64_t number, bool noted = true) {
  Slab slab;
  slab.data = Address(number * 0x10000);
  slab.bytes = 8192;
  slab.number = number;
  slab.noted = noted;
  return slab;
}

TEST(SlabNotesTest, KnowWhoCutWhat) {
  SlabNotes notes;
  EXPECT_EQ(notes.SiteAt(0), nullptr);
  EXPECT_TRUE(notes.Cut(0, 100, FakeSite(1)));
  EXPECT_TRUE(notes.Cut(104, 8, FakeSite(1)));
  EXPECT_TRUE(notes.Cut(112, 8, FakeSite(2)));
  EXPECT_TRUE(notes.Cut(120, 8, FakeSite(1)));
  EXPECT_EQ(notes.Runs().size(), 3u);
  EXPECT_EQ(notes.SiteAt(111), FakeSite(1));
  EXPECT_EQ(notes.SiteAt(112), FakeSite(2));
  EXPECT_EQ(notes.SiteAt(127), FakeSite(1));
  EXPECT_EQ(notes.SiteAt(128), nullptr);
  EXPECT_EQ(notes.pieces(), 4u);
}

TEST(SlabNotesTest, KnowThatSomethingWasCutThatNobodyToldOf) {
  SlabNotes notes;
  notes.Cut(64, 8, FakeSite(1));
  notes.Cut(200, 8, FakeSite(1));
  EXPECT_EQ(notes.SiteAt(0), nullptr);
  EXPECT_EQ(notes.SiteAt(71), FakeSite(1));
  EXPECT_EQ(notes.SiteAt(72), nullptr);
  EXPECT_EQ(notes.SiteAt(199), nullptr);
  EXPECT_EQ(notes.SiteAt(200), FakeSite(1));
}

TEST(SlabNotesTest, LetViewsOfWhatWasCutBeforePass) {
  SlabNotes notes;
  notes.Cut(0, 800, FakeSite(1));
  EXPECT_TRUE(notes.Cut(0, 8, FakeSite(2)));
  EXPECT_EQ(notes.SiteAt(4), FakeSite(1));
  EXPECT_EQ(notes.pieces(), 1u);
}

TEST(SlabNotesTest, RefuseWhatTheyCannotHold) {
  SlabNotes notes;
  EXPECT_FALSE(notes.Cut(SlabNotes::kMostBytes - 8, 16, FakeSite(1)));
  SlabNotes crowded;
  bool held = true;
  for (uint64_t i = 0; i < SlabNotes::kMostSites && held; ++i)
    held = crowded.Cut(i * 8, 8, FakeSite(i + 1));
  EXPECT_FALSE(held);
}

TEST(SlabNotesTest, LetAPieceBeGivenToAnother) {
  SlabNotes notes;
  for (uint64_t i = 0; i < 5; ++i) notes.Cut(i * 16, 12, FakeSite(1));
  notes.Give(32, 12, FakeSite(2));
  EXPECT_EQ(notes.SiteAt(31), FakeSite(1));
  EXPECT_EQ(notes.SiteAt(32), FakeSite(2));
  EXPECT_EQ(notes.SiteAt(48), FakeSite(1));
  notes.Give(64, 12, FakeSite(3));
  notes.Cut(80, 8, FakeSite(1));
  EXPECT_EQ(notes.SiteAt(64), FakeSite(3));
  EXPECT_EQ(notes.SiteAt(80), FakeSite(1));
  notes.Give(0, 12, FakeSite(1));
  notes.Give(4000, 12, FakeSite(9));
  EXPECT_EQ(notes.SiteAt(0), FakeSite(1));
}

TEST(SlabNotesTest, AgreeWithAModelThatKeepsEachPiece) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    SlabNotes notes;
    std::map<uint64_t, Site*> model;  // By byte.
    std::vector<std::pair<uint64_t, uint64_t>> pieces;
    for (uint64_t at = 0; at < 4000;) {
      const uint64_t length = 1 + random() % 90;
      Site* site = FakeSite(1 + random() % 3);
      if (random() % 4 != 0) {
        notes.Cut(at, length, site);
        for (uint64_t i = 0; i < length; ++i) model[at + i] = site;
        pieces.emplace_back(at, length);
      }
      if (!pieces.empty() && random() % 3 == 0) {
        const auto& [begin, bytes] = pieces[random() % pieces.size()];
        Site* other = FakeSite(4 + random() % 3);
        notes.Give(begin, bytes, other);
        for (uint64_t i = 0; i < bytes; ++i) model[begin + i] = other;
      }
      at = (at + length + 7) / 8 * 8;
    }
    for (const auto& [byte, site] : model)
      ASSERT_EQ(notes.SiteAt(byte), site) << byte;
  }
}

TEST(SlabTableTest, ForgetsWhatIsErasedAndKnowsWhatItsNotesTake) {
  SlabTable table;
  EXPECT_EQ(table.note_bytes(), 0u);
  Slab slab = MakeSlab(1);
  slab.notes.Cut(0, 8, FakeSite(1));
  table.Insert(slab);
  const size_t once = table.note_bytes();
  EXPECT_GT(once, 0u);
  slab.notes.Cut(8, 8, FakeSite(2));
  table.Insert(slab);
  EXPECT_GT(table.note_bytes(), once);
  table.Insert(MakeSlab(2, false));
  EXPECT_EQ(table.Slabs().size(), 2u);
  table.Erase(slab.data);
  table.Erase(slab.data);
  EXPECT_EQ(table.Slabs().size(), 1u);
  EXPECT_EQ(table.note_bytes(), 0u);
}

// So many slabs of each site.
std::map<Site*, int> SlabsBySite(const std::vector<SlabCharge>& charges) {
  std::map<Site*, int> counts;
  for (const SlabCharge& charge : charges) ++counts[charge.site];
  return counts;
}

TEST(ChargeSlabsTest, GivesASlabToTheOnlySiteThatKeepsIt) {
  std::vector<Slab> slabs{MakeSlab(1)};
  slabs[0].notes.Cut(0, 2000, FakeSite(1));
  slabs[0].notes.Cut(2000, 8, FakeSite(2));
  // The whole slab is Node's own view of it.
  const auto charges =
      ChargeSlabs(slabs, {{slabs[0].data, 2000, 8}, {slabs[0].data, 0, 8192}});
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].site, FakeSite(2));
  EXPECT_FALSE(charges[0].estimated);
}

TEST(ChargeSlabsTest, SharesSlabsByTheLiveBytesOfEachSite) {
  std::vector<Slab> slabs;
  std::vector<SlabView> views;
  for (uint64_t number = 1; number <= 1000; ++number) {
    Slab slab = MakeSlab(number);
    slab.notes.Cut(0, 96, FakeSite(1));
    slab.notes.Cut(96, 864, FakeSite(2));
    views.push_back({slab.data, 0, 96});
    views.push_back({slab.data, 96, 864});
    views.push_back({slab.data, 100, 40});  // Part of the one before.
    slabs.push_back(slab);
  }
  auto counts = SlabsBySite(ChargeSlabs(slabs, views));
  EXPECT_NEAR(counts[FakeSite(1)], 100, 1);
  EXPECT_NEAR(counts[FakeSite(2)], 900, 1);
}

TEST(ChargeSlabsTest, ChargesWhatIsNotNotedLikeWhatIsOfTheSameThread) {
  std::vector<Slab> slabs;
  std::vector<SlabView> views;
  for (uint64_t number = 1; number <= 400; ++number) {
    Slab slab = MakeSlab(number, number % 10 == 0);
    slab.thread = number <= 200 ? 1 : 2;
    slab.notes.Cut(0, 96, FakeSite(slab.thread));
    slab.notes.Cut(96, 8, FakeSite(9));
    views.push_back({slab.data, 0, 8});
    slabs.push_back(slab);
  }
  const auto charges = ChargeSlabs(slabs, views);
  auto counts = SlabsBySite(charges);
  EXPECT_EQ(counts[FakeSite(1)], 200);
  EXPECT_EQ(counts[FakeSite(2)], 200);
  int estimated = 0;
  for (const SlabCharge& charge : charges) {
    EXPECT_EQ(charge.estimated, !slabs[charge.slab].noted);
    estimated += charge.estimated ? 1 : 0;
  }
  EXPECT_EQ(estimated, 360);
}

TEST(ChargeSlabsTest, WeighsASlabForThoseThatItStandsFor) {
  std::vector<Slab> slabs;
  std::vector<SlabView> views;
  const auto add = [&](uint64_t number, bool noted, uint64_t site,
                       double weight) {
    Slab slab = MakeSlab(number, noted);
    slab.weight = weight;
    slab.notes.Cut(0, 96, FakeSite(site));
    views.push_back({slab.data, 0, 96});
    slabs.push_back(slab);
  };
  for (uint64_t i = 1; i <= 10; ++i) add(i, true, 1, 1);
  for (uint64_t i = 11; i <= 20; ++i) add(i, true, 2, 9);
  for (uint64_t i = 21; i <= 120; ++i) add(i, false, 3, 1);
  auto counts = SlabsBySite(ChargeSlabs(slabs, views));
  EXPECT_NEAR(counts[FakeSite(1)], 10 + 10, 1);
  EXPECT_NEAR(counts[FakeSite(2)], 10 + 90, 1);
}

TEST(ChargeSlabsTest, LeavesOutWhatNoViewKeepsAndWhatNobodyIsKnownFor) {
  std::vector<Slab> slabs{MakeSlab(1), MakeSlab(2), MakeSlab(3, false)};
  slabs[0].notes.Cut(0, 96, FakeSite(1));
  slabs[1].notes.Cut(96, 8, FakeSite(1));
  const auto charges = ChargeSlabs(slabs, {{slabs[1].data, 0, 8}});
  EXPECT_TRUE(charges.empty());
}

}  // namespace
}  // namespace abtrace
