// Globs against test/golden/globs.json, which holds the TypeScript side to the
// same behaviour.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

#include "core/glob.h"

namespace abtrace {
namespace {

// The text of `key` in a line of the file: one vector a line, no escapes.
std::string TextOf(std::string_view line, std::string_view key) {
  const std::string start = "\"" + std::string(key) + "\": \"";
  const size_t from = line.find(start) + start.size();
  return std::string(line.substr(from, line.find('"', from) - from));
}

TEST(GlobVectors, AreMatchedAsTheTypeScriptSideMatchesThem) {
  std::ifstream file(ABTRACE_GOLDEN "/globs.json");
  ASSERT_TRUE(file) << "no " ABTRACE_GOLDEN "/globs.json";
  int vectors = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find("\"pattern\"") == std::string::npos) continue;
    ASSERT_EQ(line.find('\\'), std::string::npos) << "an escape: " << line;
    const bool expected = line.find("\"matches\": true") != std::string::npos;
    EXPECT_EQ(GlobMatches(TextOf(line, "pattern"), TextOf(line, "path")),
              expected)
        << line;
    ++vectors;
  }
  EXPECT_GT(vectors, 100);
}

}  // namespace
}  // namespace abtrace
