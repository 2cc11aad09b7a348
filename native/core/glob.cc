// Glob matching by backtracking to the latest star only, so that hostile patterns stay cheap.
#include "glob.h"

namespace abtrace {

bool GlobMatches(std::string_view pattern, std::string_view path) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t p = 0;
  size_t s = 0;
  // Where to go on after a mismatch: the pattern behind a star, and the path one further on.
  size_t star_p = kNone, star_s = 0;      // `*`
  size_t globstar_p = kNone, globstar_s = 0;  // `**`
  for (;;) {
    if (p < pattern.size() && pattern.substr(p, 2) == "**") {
      p += 2;
      if (p < pattern.size() && pattern[p] == '/') ++p;
      globstar_p = p;
      globstar_s = s;
      star_p = kNone;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '*') {
      star_p = ++p;
      star_s = s;
      continue;
    }
    if (s == path.size() && p == pattern.size()) return true;
    if (s < path.size() && p < pattern.size() &&
        (pattern[p] == path[s] || (pattern[p] == '?' && path[s] != '/'))) {
      const bool any = pattern[p] == '?';
      ++p;
      ++s;
      // `?` stands for a whole UTF-8 character: its continuation bytes go with it.
      while (any && s < path.size() && (static_cast<unsigned char>(path[s]) & 0xC0) == 0x80) ++s;
      continue;
    }
    if (star_p != kNone && star_s < path.size() && path[star_s] != '/') {
      p = star_p;
      s = ++star_s;
      continue;
    }
    if (globstar_p != kNone && globstar_s < path.size()) {
      // `**/` stops only where a segment begins; a bare `**` stops anywhere.
      const bool whole_segments = globstar_p > 0 && pattern[globstar_p - 1] == '/';
      do {
        ++globstar_s;
      } while (whole_segments && globstar_s < path.size() && path[globstar_s - 1] != '/');
      if (whole_segments && path[globstar_s - 1] != '/') return false;
      p = globstar_p;
      s = globstar_s;
      star_p = kNone;
      continue;
    }
    return false;
  }
}

}  // namespace abtrace
