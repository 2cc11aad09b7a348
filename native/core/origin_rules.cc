// Classification of scripts by name; see the header.
#include "origin_rules.h"

#include <algorithm>

#include "glob.h"

namespace abtrace {
namespace {

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool MatchesAny(const std::vector<std::string>& globs, std::string_view path) {
  return std::any_of(
      globs.begin(), globs.end(),
      [path](const std::string& glob) { return GlobMatches(glob, path); });
}

}  // namespace

std::string PathOfScript(std::string_view script_name) {
  constexpr std::string_view kScheme = "file://";
  if (!script_name.starts_with(kScheme)) return std::string(script_name);
  std::string_view rest = script_name.substr(kScheme.size());
  // A query or fragment (`?update=1`, as loaders add them) is no part of the
  // path.
  rest = rest.substr(0, rest.find_first_of("?#"));
  std::string path;
  path.reserve(rest.size());
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '%' && i + 2 < rest.size() && HexValue(rest[i + 1]) >= 0 &&
        HexValue(rest[i + 2]) >= 0) {
      path.push_back(static_cast<char>(HexValue(rest[i + 1]) * 16 +
                                       HexValue(rest[i + 2])));
      i += 2;
    } else {
      path.push_back(rest[i]);
    }
  }
  const bool drive = path.size() > 2 && path[0] == '/' && path[2] == ':';
  return drive ? path.substr(1) : path;
}

Origin OriginRules::Classify(std::string_view script_name) const {
  if (script_name.starts_with("node:")) return Origin::kNode;
  if (script_name.starts_with("wasm:")) return Origin::kNative;
  std::string path = PathOfScript(script_name);
  std::replace(path.begin(), path.end(), '\\', '/');
  for (const auto& [prefix, origin] : own_prefixes) {
    const bool matches =
        prefix.starts_with('*')
            ? path.ends_with(std::string_view(prefix).substr(1))
            : path.starts_with(prefix);
    if (matches) return origin;
  }
  if (MatchesAny(user_globs, path)) return Origin::kUser;
  if (MatchesAny(dependency_globs, path)) return Origin::kDependency;
  std::string_view rest = path;
  size_t longest = 0;
  for (const std::string& root : project_roots) {
    if (root.size() > longest && path.starts_with(root)) longest = root.size();
  }
  rest.remove_prefix(longest);
  const bool dependency = rest.starts_with("node_modules/") ||
                          rest.find("/node_modules/") != std::string_view::npos;
  return dependency ? Origin::kDependency : Origin::kUser;
}

}  // namespace abtrace
