// The cache of stacks against a map, with lists that begin alike, end alike and
// share a hash.
#include "core/stack_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace abtrace {
namespace {

using Words = std::vector<uintptr_t>;
using Cache = StackCache<int>;

int* Find(Cache& cache, uint64_t hash, const Words& words) {
  return cache.Find(hash, words.data(), words.size());
}

uint64_t HashOf(const Words& words) {
  return Cache::HashOf(words.data(), words.size());
}

TEST(StackCache, FindsWhatAMapFinds) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Cache cache;
    std::map<Words, int> model;
    for (int i = 0; i < 5000; ++i) {
      Words words(1 + random() % 6);
      for (uintptr_t& word : words) word = random() % 4;
      // Few hashes, so that many lists share one.
      const uint64_t hash = seed % 2 == 0 ? HashOf(words) : words.size();
      const auto known = model.find(words);
      int* found = Find(cache, hash, words);
      ASSERT_EQ(found != nullptr, known != model.end());
      if (found != nullptr) {
        EXPECT_EQ(*found, known->second);
      } else {
        cache.Insert(hash, words.data(), words.size(), i);
        model.emplace(words, i);
      }
      if (random() % 1000 == 0) {
        cache.Clear();
        model.clear();
      }
      ASSERT_EQ(cache.size(), model.size());
    }
  }
}

TEST(StackCache, TellsListsOfOneHashApart) {
  Cache cache;
  const Words one{1, 2, 3}, longer{1, 2, 3, 4}, other{1, 2, 4};
  cache.Insert(5, one.data(), one.size(), 1);
  EXPECT_EQ(Find(cache, 5, longer), nullptr);
  EXPECT_EQ(Find(cache, 5, other), nullptr);
  cache.Insert(5, longer.data(), longer.size(), 2);
  cache.Insert(5, other.data(), other.size(), 3);
  EXPECT_EQ(*Find(cache, 5, one), 1);
  EXPECT_EQ(*Find(cache, 5, longer), 2);
  EXPECT_EQ(*Find(cache, 5, other), 3);
}

TEST(StackCache, KeepsValuesWhereTheyAreUntilCleared) {
  Cache cache;
  const Words first{42};
  int* value = cache.Insert(HashOf(first), first.data(), 1, 7);
  for (uintptr_t i = 0; i < 10000; ++i) {
    const Words words{i, i + 1};
    cache.Insert(HashOf(words), words.data(), words.size(), 0);
  }
  EXPECT_EQ(Find(cache, HashOf(first), first), value);
  EXPECT_EQ(*value, 7);
  cache.Clear();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.word_count(), 0u);
  EXPECT_EQ(Find(cache, HashOf(first), first), nullptr);
}

}  // namespace
}  // namespace abtrace
