// Globs against the plain recursive definition, over small alphabets where
// every collision happens.
#include "core/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace abtrace {
namespace {

size_t CharacterLength(std::string_view text) {
  size_t length = 1;
  while (length < text.size() &&
         (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

// The rules of glob.h, each tried in every way.
bool SlowMatches(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**")) {
    const bool folders = pattern.starts_with("**/");
    const std::string_view rest = pattern.substr(folders ? 3 : 2);
    for (size_t taken = 0; taken <= path.size(); ++taken) {
      const bool allowed = !folders || taken == 0 || path[taken - 1] == '/';
      if (allowed && SlowMatches(rest, path.substr(taken))) return true;
    }
    return false;
  }
  if (pattern[0] == '*') {
    for (size_t taken = 0; taken <= path.size(); ++taken) {
      if (SlowMatches(pattern.substr(1), path.substr(taken))) return true;
      if (taken < path.size() && path[taken] == '/') return false;
    }
    return false;
  }
  if (path.empty()) return false;
  if (pattern[0] == '?' && path[0] != '/') {
    return SlowMatches(pattern.substr(1), path.substr(CharacterLength(path)));
  }
  return pattern[0] == path[0] &&
         SlowMatches(pattern.substr(1), path.substr(1));
}

std::string RandomWord(std::mt19937_64& random, std::string_view alphabet,
                       size_t longest) {
  std::string word(random() % (longest + 1), ' ');
  for (char& letter : word) letter = alphabet[random() % alphabet.size()];
  return word;
}

TEST(Glob, MatchesLikeItsDefinition) {
  std::mt19937_64 random(5);
  int matched = 0;
  for (int i = 0; i < 400000; ++i) {
    const std::string pattern = RandomWord(random, "ab/**?", 8);
    const std::string path = RandomWord(random, "aab/", 9);
    const bool expected = SlowMatches(pattern, path);
    matched += expected ? 1 : 0;
    ASSERT_EQ(GlobMatches(pattern, path), expected)
        << pattern << " against " << path;
  }
  EXPECT_GT(matched, 10000) << "the words are too seldom alike to try anything";
}

TEST(Glob, MatchesPathsAsPeopleWriteThem) {
  EXPECT_TRUE(GlobMatches("/srv/src/**", "/srv/src/deep/down/file.ts"));
  EXPECT_TRUE(GlobMatches("/srv/**/*.ts", "/srv/file.ts"));
  EXPECT_TRUE(GlobMatches("/srv/**/*.ts", "/srv/a/b/file.ts"));
  EXPECT_TRUE(GlobMatches("**/vendor/**", "/srv/vendor/x.js"));
  EXPECT_TRUE(GlobMatches("**/vendor/**", "vendor/x.js"));
  EXPECT_FALSE(GlobMatches("**/vendor/**", "/srv/myvendor/x.js"));
  EXPECT_FALSE(GlobMatches("/srv/*.js", "/srv/sub/x.js"));
  EXPECT_FALSE(GlobMatches("/srv/src/**", "/srv/src2/file.ts"));
  EXPECT_FALSE(GlobMatches("", "x"));
  EXPECT_TRUE(GlobMatches("", ""));
}

TEST(Glob, TakesEverythingElseLiterally) {
  EXPECT_TRUE(GlobMatches("/a+b/(c)/[d]{e}.js", "/a+b/(c)/[d]{e}.js"));
  EXPECT_FALSE(GlobMatches("/[ab].js", "/a.js"));
}

TEST(Glob, CountsACharacterOfManyBytesAsOne) {
  EXPECT_TRUE(GlobMatches("/?.js", "/é.js"));
  EXPECT_TRUE(GlobMatches("/?.js", "/😀.js"));
  EXPECT_FALSE(GlobMatches("/??.js", "/é.js"));
  EXPECT_TRUE(GlobMatches("/*.js", "/é€😀.js"));
}

TEST(Glob, StaysFastOnHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "**a*";
  pattern += "b";
  EXPECT_FALSE(GlobMatches(pattern, std::string(5000, 'a')));
}

}  // namespace
}  // namespace abtrace
