// The recursion guard: nesting, and one flag per thread.
#include "core/recursion_guard.h"

#include <gtest/gtest.h>

#include <thread>

namespace abtrace {
namespace {

TEST(RecursionGuard, LetsOnlyTheOutermostIn) {
  for (int round = 0; round < 3; ++round) {
    const RecursionGuard outer;
    EXPECT_TRUE(outer.entered());
    {
      const RecursionGuard inner;
      EXPECT_FALSE(inner.entered());
      const RecursionGuard innermost;
      EXPECT_FALSE(innermost.entered());
    }
    const RecursionGuard later;
    EXPECT_FALSE(later.entered())
        << "the end of an inner guard must not open the outer one";
  }
}

TEST(RecursionGuard, GuardsEachThreadForItself) {
  const RecursionGuard here;
  ASSERT_TRUE(here.entered());
  bool entered = false;
  std::thread([&entered] { entered = RecursionGuard().entered(); }).join();
  EXPECT_TRUE(entered);
}

}  // namespace
}  // namespace abtrace
