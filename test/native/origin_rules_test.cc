// Whose code a script is: the layouts of package managers, URLs, Windows paths,
// and who wins over whom.
#include "core/origin_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace abtrace {
namespace {

TEST(OriginRules, KnowsNodeAndWebAssemblyByScheme) {
  const OriginRules rules;
  EXPECT_EQ(rules.Classify("node:internal/deps/undici/undici"), Origin::kNode);
  EXPECT_EQ(rules.Classify("node:fs"), Origin::kNode);
  EXPECT_EQ(rules.Classify("wasm://wasm/1234"), Origin::kNative);
}

TEST(OriginRules, CountsCodeOfAnyOtherNameAsTheUsers) {
  const OriginRules rules;
  EXPECT_EQ(rules.Classify("/srv/app/main.js"), Origin::kUser);
  EXPECT_EQ(rules.Classify("file:///srv/app/main.mjs"), Origin::kUser);
  EXPECT_EQ(rules.Classify("[eval]"), Origin::kUser);
  EXPECT_EQ(rules.Classify("evalmachine.<anonymous>"), Origin::kUser);
  EXPECT_EQ(rules.Classify(""), Origin::kUser);
}

TEST(OriginRules, FindsDependenciesInEveryLayout) {
  const OriginRules rules;
  EXPECT_EQ(rules.Classify("/srv/node_modules/ws/lib/receiver.js"),
            Origin::kDependency);
  EXPECT_EQ(rules.Classify("/srv/node_modules/@scope/name/index.js"),
            Origin::kDependency);
  EXPECT_EQ(rules.Classify(
                "/srv/node_modules/.pnpm/ws@8.0.0/node_modules/ws/index.js"),
            Origin::kDependency);
  EXPECT_EQ(rules.Classify("file:///srv/node_modules/got/dist/index.js"),
            Origin::kDependency);
  EXPECT_EQ(rules.Classify("C:\\srv\\node_modules\\ws\\index.js"),
            Origin::kDependency);
  EXPECT_EQ(rules.Classify("node_modules/ws/index.js"), Origin::kDependency);
  EXPECT_EQ(rules.Classify("file:///srv/node%5Fmodules/ws/index.js"),
            Origin::kDependency);
}

TEST(OriginRules, IsNotFooledByNamesThatOnlyLookAlike) {
  const OriginRules rules;
  EXPECT_EQ(rules.Classify("/srv/my_node_modules/file.js"), Origin::kUser);
  EXPECT_EQ(rules.Classify("/srv/node_modules.js"), Origin::kUser);
  EXPECT_EQ(rules.Classify("/srv/node_modules_old/x/file.js"), Origin::kUser);
}

TEST(OriginRules, LeavesAnInstalledProgramsOwnFilesToTheUser) {
  OriginRules rules;
  rules.project_roots = {"/usr/lib/node_modules/tool/", "/usr/lib/"};
  EXPECT_EQ(rules.Classify("/usr/lib/node_modules/tool/main.js"),
            Origin::kUser);
  EXPECT_EQ(
      rules.Classify("/usr/lib/node_modules/tool/node_modules/ws/index.js"),
      Origin::kDependency);
  EXPECT_EQ(rules.Classify("/usr/lib/node_modules/other/main.js"),
            Origin::kDependency);
}

TEST(OriginRules,
     LetsTheUsersGlobsWinOverTheDependencyGlobsAndBothOverTheLayout) {
  OriginRules rules;
  rules.user_globs = {"/srv/node_modules/@mine/**"};
  rules.dependency_globs = {"/srv/vendor/**",
                            "/srv/node_modules/@mine/vendored/**"};
  EXPECT_EQ(rules.Classify("/srv/node_modules/@mine/lib/index.js"),
            Origin::kUser);
  EXPECT_EQ(rules.Classify("/srv/node_modules/@mine/vendored/x.js"),
            Origin::kUser);
  EXPECT_EQ(rules.Classify("file:///srv/vendor/x.js"), Origin::kDependency);
  EXPECT_EQ(rules.Classify("/srv/src/x.js"), Origin::kUser);
}

TEST(OriginRules, LetsTheFirstOwnPrefixDecideBeforeAllElse) {
  OriginRules rules;
  rules.own_prefixes = {
      {"/srv/node_modules/abtrace/dist/capture/hooks.js", Origin::kTransparent},
      {"/srv/node_modules/abtrace/dist/", Origin::kSelf}};
  rules.user_globs = {"**"};
  EXPECT_EQ(rules.Classify("/srv/node_modules/abtrace/dist/capture/hooks.js"),
            Origin::kTransparent);
  EXPECT_EQ(rules.Classify("/srv/node_modules/abtrace/dist/dump/write.js"),
            Origin::kSelf);
  EXPECT_EQ(rules.Classify("/srv/node_modules/abtrace/test/x.js"),
            Origin::kUser);
}

TEST(OriginRules, KnowsOtherCopiesOfItsOwnFilesByHowTheirPathsEnd) {
  OriginRules rules;
  rules.own_prefixes = {
      {"*/dist/capture/replace-method.js", Origin::kTransparent}};
  EXPECT_EQ(rules.Classify("/a/b/dist/capture/replace-method.js"),
            Origin::kTransparent);
  EXPECT_EQ(rules.Classify("/a/dist/capture/replace-method.js/x.js"),
            Origin::kUser);
}

TEST(PathOfScript, TurnsFileUrlsIntoPaths) {
  EXPECT_EQ(PathOfScript("file:///srv/a%20b/%C3%A9.mjs"), "/srv/a b/é.mjs");
  EXPECT_EQ(PathOfScript("file:///srv/main.mjs?update=1#part"),
            "/srv/main.mjs");
  EXPECT_EQ(PathOfScript("file:///C:/srv/main.mjs"), "C:/srv/main.mjs");
  EXPECT_EQ(PathOfScript("file:///srv/%41"), "/srv/A");
}

TEST(PathOfScript, KeepsBrokenEscapesAndOtherNamesAsTheyAre) {
  EXPECT_EQ(PathOfScript("file:///srv/100%"), "/srv/100%");
  EXPECT_EQ(PathOfScript("file:///srv/%4"), "/srv/%4");
  EXPECT_EQ(PathOfScript("file:///srv/%zz"), "/srv/%zz");
  EXPECT_EQ(PathOfScript("/srv/50%25.js?x"), "/srv/50%25.js?x");
  EXPECT_EQ(PathOfScript("node:fs"), "node:fs");
  EXPECT_EQ(PathOfScript(""), "");
}

}  // namespace
}  // namespace abtrace
