// What is declared, added up by addon and site.
#include "core/declared_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

namespace abtrace {
namespace {

TEST(DeclaredTableTest, AddsUpByAddonAndSite) {
  DeclaredTable table;
  const SiteKey one{.stack = 1, .addon = 7};
  const SiteKey other{.stack = 1, .addon = 8};
  table.Add(one, 100);
  table.Add(other, 1);
  table.Add(one, 20);
  table.Add(one, -50);
  const std::vector<DeclaredTable::Row> rows = table.Rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].key, one);
  EXPECT_EQ(rows[0].increased_bytes, 120u);
  EXPECT_EQ(rows[0].decreased_bytes, 50u);
  EXPECT_EQ(rows[0].calls, 3u);
  EXPECT_EQ(rows[1].key, other);
  EXPECT_EQ(rows[1].increased_bytes, 1u);
}

TEST(DeclaredTableTest, TakesTheMostNegativeNumber) {
  DeclaredTable table;
  table.Add({}, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(table.Rows()[0].decreased_bytes, uint64_t{1} << 63);
}

TEST(DeclaredTableTest, FallsBackOnTheAddonWhenThereAreTooManySites) {
  DeclaredTable table;
  const uint32_t many = DeclaredTable::kMaxRows + 100;
  for (uint32_t stack = 1; stack <= many; ++stack)
    table.Add({.stack = stack, .addon = 3}, 1);
  const std::vector<DeclaredTable::Row> rows = table.Rows();
  EXPECT_EQ(rows.size(), DeclaredTable::kMaxRows + 1);
  uint64_t bytes = 0;
  for (const DeclaredTable::Row& row : rows) bytes += row.increased_bytes;
  EXPECT_EQ(bytes, many);
  EXPECT_EQ(rows.back().key, (SiteKey{.addon = 3}));
  EXPECT_EQ(rows.back().increased_bytes, 100u);
}

TEST(DeclaredTableTest, LosesNothingWhenThreadsDeclareAtOnce) {
  DeclaredTable table;
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&table, thread] {
      for (uint32_t i = 0; i < 10000; ++i) {
        table.Add({.stack = i % 10, .thread = thread % 2}, 3);
        table.Add({.stack = i % 10, .thread = thread % 2}, -2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  uint64_t increased = 0;
  uint64_t decreased = 0;
  for (const DeclaredTable::Row& row : table.Rows()) {
    increased += row.increased_bytes;
    decreased += row.decreased_bytes;
  }
  EXPECT_EQ(increased, 120000u);
  EXPECT_EQ(decreased, 80000u);
}

}  // namespace
}  // namespace abtrace
