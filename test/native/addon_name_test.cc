// Names of addons from their paths.
#include "core/addon_name.h"

#include <gtest/gtest.h>

namespace abtrace {
namespace {

TEST(AddonNameTest, IsThePackageThatTheFileLiesIn) {
  EXPECT_EQ(AddonNameOf("/srv/node_modules/canvas/build/Release/canvas.node"),
            "canvas");
  EXPECT_EQ(AddonNameOf("/srv/node_modules/@img/sharp-linux-x64/lib/a.node"),
            "@img/sharp-linux-x64");
  EXPECT_EQ(AddonNameOf("node_modules/lz4/lz4.node"), "lz4");
}

TEST(AddonNameTest, IsTheInnermostOfPackagesWithinPackages) {
  EXPECT_EQ(
      AddonNameOf("/srv/node_modules/a/node_modules/@b/c/prebuilds/x.node"),
      "@b/c");
  EXPECT_EQ(
      AddonNameOf("/srv/node_modules/.pnpm/a@1.0.0/node_modules/a/x.node"),
      "a");
}

TEST(AddonNameTest, IsTheNameOfTheFileOutsideOfPackages) {
  EXPECT_EQ(AddonNameOf("/srv/build/Release/images.node"), "images");
  EXPECT_EQ(AddonNameOf("images.node"), "images");
  EXPECT_EQ(AddonNameOf("/usr/lib/libvips.so.42"), "libvips.so.42");
  EXPECT_EQ(AddonNameOf("/srv/my_node_modules/x.node"), "x");
}

TEST(AddonNameTest, TakesWhateverPathThereIs) {
  EXPECT_EQ(AddonNameOf(""), "");
  EXPECT_EQ(AddonNameOf(".node"), ".node");
  EXPECT_EQ(AddonNameOf("/srv/node_modules/"), "");
  EXPECT_EQ(AddonNameOf("/srv/node_modules/x.node"), "x");
  EXPECT_EQ(AddonNameOf("/srv/node_modules/@scope/x.node"), "x");
}

TEST(AddonNameTest, KnowsAddonsByTheirExtension) {
  EXPECT_TRUE(IsAddonPath("/srv/a.node"));
  EXPECT_FALSE(IsAddonPath("/srv/a.so"));
  EXPECT_FALSE(IsAddonPath("/usr/bin/node"));
}

}  // namespace
}  // namespace abtrace
