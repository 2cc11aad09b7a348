// The index of external memory against a plain map.
#include "core/external_index.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace abtrace {
namespace {

const void* Address(uint64_t number) {
  return reinterpret_cast<const void*>(number * 16);
}

std::map<const void*, const void*> MapOf(const ExternalIndex& index) {
  std::map<const void*, const void*> map;
  for (const auto& [record, data] : index.Entries()) map[record] = data;
  return map;
}

TEST(ExternalIndexTest, DoesWhatAMapDoes) {
  std::mt19937 random(20240607);
  ExternalIndex index;
  std::map<const void*, const void*> model;
  for (int i = 0; i < 50000; ++i) {
    const void* record = Address(1 + random() % 500);
    if (random() % 2 == 0) {
      const void* data = Address(random() % 100);
      index.Insert(record, data);
      model[record] = data;
    } else {
      EXPECT_EQ(index.Erase(record), model.erase(record) == 1);
    }
    if (i % 5000 == 0) EXPECT_EQ(MapOf(index), model);
  }
  EXPECT_EQ(MapOf(index), model);
}

TEST(ExternalIndexTest, TakesOutWhatHasLostItsStoreAndNothingElse) {
  ExternalIndex index;
  auto kept = std::make_shared<int>(1);
  auto dropped = std::make_shared<int>(2);
  index.Insert(Address(1), Address(10), kept);
  index.Insert(Address(2), Address(20), dropped);
  index.Insert(Address(3), Address(30));
  dropped.reset();
  std::vector<const void*> taken;
  const auto visit = [&taken](const void* record) { taken.push_back(record); };
  index.TakeOutGone(visit);
  index.TakeOutGone(visit);
  EXPECT_EQ(taken, std::vector<const void*>{Address(2)});
  EXPECT_FALSE(index.Erase(Address(2)));
  EXPECT_TRUE(index.Erase(Address(1)));
  EXPECT_TRUE(index.Erase(Address(3)));
}

TEST(ExternalIndexTest, IsEmptyWhenAllThreadsHaveTakenOutWhatTheyPutIn) {
  ExternalIndex index;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&index, thread] {
      for (int round = 0; round < 20; ++round) {
        for (uint64_t i = 0; i < 1000; ++i)
          index.Insert(Address(1 + i * 4 + thread), Address(7));
        for (uint64_t i = 0; i < 1000; ++i)
          EXPECT_TRUE(index.Erase(Address(1 + i * 4 + thread)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(index.Entries().empty());
}

}  // namespace
}  // namespace abtrace
