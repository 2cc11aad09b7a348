// Glob patterns over paths, for the options `user` and `dependency`. The same
// rules stand in lib/analysis (TypeScript); test/golden/globs.json holds both
// to one behaviour.
#ifndef ABTRACE_NATIVE_CORE_GLOB_H_
#define ABTRACE_NATIVE_CORE_GLOB_H_

#include <string_view>

namespace abtrace {

// True if `path` as a whole matches `pattern`: `?` is one character but '/',
// `*` any number of them, `**` any number of characters with '/' too, and `**/`
// any number of whole folders. Takes time and memory in proportion to the two
// lengths multiplied, whatever the pattern.
bool GlobMatches(std::string_view pattern, std::string_view path);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_GLOB_H_
