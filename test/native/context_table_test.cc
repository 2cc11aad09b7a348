// Contexts against a map, and at their limit.
#include "core/context_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

#include "core/symbol_table.h"

namespace abtrace {
namespace {

auto Tuple(const Context& context) {
  return std::make_tuple(context.cause, context.label, context.own);
}

TEST(ContextTable, StartsWithTheContextOfNoCause) {
  ContextTable table;
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.Intern({}), 0u);
  EXPECT_EQ(table.Get(0), Context{});
}

TEST(ContextTable, GivesOneIdPerContextAndGivesItBack) {
  std::mt19937_64 random(3);
  ContextTable table;
  std::map<decltype(Tuple({})), ContextId> model{{Tuple({}), 0}};
  for (int i = 0; i < 50000; ++i) {
    // Ids up to the limits of the symbol table, so that every bit of the key is
    // used.
    const uint32_t spread = i % 2 == 0 ? 30 : SymbolTable::kMaxStacks;
    const Context context{
        .cause = static_cast<StackId>(random() % spread),
        .label = static_cast<StringId>(random() % (2 * spread)),
        .own = random() % 2 == 0};
    const auto known = model.emplace(Tuple(context), model.size()).first;
    ASSERT_EQ(table.Intern(context), known->second);
    ASSERT_EQ(table.Get(known->second), context);
  }
  EXPECT_EQ(table.size(), model.size());
  EXPECT_EQ(table.overflows(), 0u);
}

TEST(ContextTable, ReadsAnIdThatWasNeverGivenOutAsNoCause) {
  ContextTable table;
  table.Intern({.cause = 4});
  EXPECT_EQ(table.Get(2), Context{});
  EXPECT_EQ(table.Get(~ContextId{0}), Context{});
}

TEST(ContextTable, AnswersNoCauseAndCountsPastItsLimit) {
  ContextTable table;
  for (uint32_t i = 1; i < ContextTable::kMaxContexts; ++i) {
    ASSERT_EQ(table.Intern({.cause = i % 1024, .label = i / 1024}), i);
  }
  EXPECT_EQ(table.overflows(), 0u);
  EXPECT_EQ(table.Intern({.cause = 2000}), 0u);
  EXPECT_EQ(table.Intern({.cause = 7}), 7u);
  EXPECT_EQ(table.overflows(), 1u);
  EXPECT_EQ(table.size(), ContextTable::kMaxContexts);
}

}  // namespace
}  // namespace abtrace
