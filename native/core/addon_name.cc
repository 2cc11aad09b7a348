// Names of addons; see the header.
#include "addon_name.h"

namespace abtrace {
namespace {

constexpr std::string_view kExtension = ".node";
constexpr std::string_view kPackages = "node_modules/";

}  // namespace

bool IsAddonPath(std::string_view path) { return path.ends_with(kExtension); }

std::string AddonNameOf(std::string_view path) {
  // Packages within packages: the innermost counts.
  const size_t found = path.rfind(kPackages);
  if (found != std::string_view::npos &&
      (found == 0 || path[found - 1] == '/')) {
    const std::string_view rest = path.substr(found + kPackages.size());
    size_t end = rest.find('/');
    if (rest.starts_with('@') && end != std::string_view::npos)
      end = rest.find('/', end + 1);
    if (end != std::string_view::npos && end > 0)
      return std::string(rest.substr(0, end));
  }
  const size_t slash = path.rfind('/');
  std::string_view file =
      slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (IsAddonPath(file) && file.size() > kExtension.size())
    file.remove_suffix(kExtension.size());
  return std::string(file);
}

}  // namespace abtrace
