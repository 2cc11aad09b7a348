// Decides whose code a script is from its name: the user's, a dependency's,
// Node's or abtrace's. lib/analysis holds the same rule for dumps that are read
// back.
#ifndef ABTRACE_NATIVE_CORE_ORIGIN_RULES_H_
#define ABTRACE_NATIVE_CORE_ORIGIN_RULES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types.h"

namespace abtrace {

// Immutable once filled; any thread.
struct OriginRules {
  // Directories whose own files are the user's even below a node_modules, each
  // ending in a separator: the package of the program that runs, for instance.
  std::vector<std::string> project_roots;
  std::vector<std::string> user_globs;        // Absolute.
  std::vector<std::string> dependency_globs;  // Absolute.
  // Prefixes of abtrace's own files, or `*` and how their paths end; the first
  // that matches decides.
  std::vector<std::pair<std::string, Origin>> own_prefixes;

  // `script_name` is a path, a file: URL, `node:…`, `wasm:…` or any name given
  // to a script. A path is a dependency's if a `node_modules` directory lies in
  // what remains of it after the longest project root; the globs win over that,
  // `user_globs` first.
  Origin Classify(std::string_view script_name) const;
};

// The path that a file: URL names, or `script_name` as it is. Percent escapes
// are decoded; a Windows drive loses its leading slash.
std::string PathOfScript(std::string_view script_name);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_ORIGIN_RULES_H_
