// Glob matching by the set of all places that a pattern can reach, part by
// part: hostile patterns stay cheap, and there is no backtracking to get wrong.
#include "glob.h"

#include <cstddef>
#include <vector>

namespace abtrace {
namespace {

bool IsContinuation(char unit) {
  return (static_cast<unsigned char>(unit) & 0xC0) == 0x80;
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view path) {
  // reached[i]: the pattern so far matches the first i bytes of the path.
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  while (!pattern.empty()) {
    std::vector<bool> next(path.size() + 1, false);
    if (pattern.starts_with("**/")) {
      pattern.remove_prefix(3);
      bool earlier = false;
      for (size_t i = 0; i <= path.size(); ++i) {
        next[i] = reached[i] || (earlier && path[i - 1] == '/');
        earlier = earlier || reached[i];
      }
    } else if (pattern[0] == '*') {
      const bool any = pattern.starts_with("**");
      pattern.remove_prefix(any ? 2 : 1);
      for (size_t i = 0; i <= path.size(); ++i) {
        next[i] =
            reached[i] || (i > 0 && next[i - 1] && (any || path[i - 1] != '/'));
      }
    } else {
      for (size_t i = 0; i < path.size(); ++i) {
        if (!reached[i]) continue;
        size_t end = i + 1;
        if (pattern[0] == '?' && path[i] != '/') {
          while (end < path.size() && IsContinuation(path[end])) ++end;
        } else if (pattern[0] != path[i]) {
          continue;
        }
        next[end] = true;
      }
      pattern.remove_prefix(1);
    }
    reached.swap(next);
  }
  return reached[path.size()];
}

}  // namespace abtrace
