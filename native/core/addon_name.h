// What to call a native addon, from the path that it was loaded from.
#ifndef ABTRACE_NATIVE_CORE_ADDON_NAME_H_
#define ABTRACE_NATIVE_CORE_ADDON_NAME_H_

#include <string>
#include <string_view>

namespace abtrace {

// Whether a library is a native addon of Node: its name ends in `.node`.
bool IsAddonPath(std::string_view path);

// The npm package that the file lies in (`@img/sharp-linux-x64`); outside of
// any `node_modules` the name of the file, without folders and `.node`.
std::string AddonNameOf(std::string_view path);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_ADDON_NAME_H_
