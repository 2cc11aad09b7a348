// Rewriting what relocations filled in; see the header.
#include "import_patcher.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/addon_name.h"

#if ABTRACE_HAS_IMPORT_PATCHER
#include <map>
#endif

namespace abtrace {

#if ABTRACE_HAS_IMPORT_PATCHER
namespace {

// Of each segment: behind come buffers, and to look at them all takes time.
constexpr uintptr_t kMostVariableBytes = 64 << 20;

// Names live for ever: there are as many as addons.
const std::string* InternName(const std::string& path) {
  static auto* names = new std::map<std::string, const std::string*>;
  const std::string*& name = (*names)[path];
  if (name == nullptr) name = new std::string(AddonNameOf(path));
  return name;
}

}  // namespace

struct ImportPatcher::Walk {
  const ImportPatcher* patcher;
  const ElfLibrary& elf;
  Library& library;
  bool is_node;
  bool is_addon;
  bool restore;
  // Imports of which an entry is not ours any more: another copy may lead here.
  std::array<bool, kMaxImports> covered{};

  bool Applies(const Import& import) const {
    switch (import.importer) {
      case Importer::kAnyone:
        return !is_node;
      case Importer::kAddons:
        return is_addon && !is_node;
      case Importer::kNode:
        return is_node;
    }
    return false;
  }

  void Entries() {
    elf.ForEachRelocation([&](const char* name, const ElfW(Sym) & symbol,
                              uint32_t type, uintptr_t address) {
      for (size_t i = 0; i < patcher->imports_.size(); ++i) {
        const Import& import = patcher->imports_[i];
        if (import.original == nullptr || !Applies(import) ||
            std::strcmp(name, import.name) != 0) {
          continue;
        }
        Entry(i, symbol, type, address);
        return;
      }
    });
  }

  void Entry(size_t i, const ElfW(Sym) & symbol, uint32_t type,
             uintptr_t address) {
    const Import& import = patcher->imports_[i];
    library.addon = InternName(library.path);
    void* now = ElfLibrary::ReadEntry(address);
    if (restore) {
      if (now != import.replacement || !elf.WriteEntry(address, NextOf(i))) {
        covered[i] = true;
      }
      return;
    }
    if (now == import.replacement || now == nullptr) return;
    const bool unbound = type == kJumpSlot &&
                         elf.whole().Holds(reinterpret_cast<uintptr_t>(now));
    void* next = now == import.original || unbound ? import.original : now;
    if (next != import.original &&
        (type == kPointer || symbol.st_shndx != SHN_UNDEF)) {
      return;  // The library's own function, or a pointer that it has changed.
    }
    // Another copy stands on top of us, and leads here already: to lead there
    // would be a circle.
    if (next != import.original && library.next[i] != nullptr) return;
    library.next[i] = next;
    elf.WriteEntry(address, import.replacement);
  }

  // Who is not led to any more may stand on top of another copy next time.
  void Forget() {
    for (size_t i = 0; i < patcher->imports_.size(); ++i)
      if (!covered[i]) library.next[i] = nullptr;
  }

  void* NextOf(size_t i) const {
    return library.next[i] != nullptr ? library.next[i]
                                      : patcher->imports_[i].original;
  }

  // Pointers that an addon has asked the linker for (dlsym) and keeps among its
  // variables.
  void Variables() {
    for (const AddressRange& range : elf.writable()) {
      const uintptr_t end =
          range.begin +
          std::min<uintptr_t>(range.end - range.begin, kMostVariableBytes);
      for (uintptr_t at = (range.begin + 7) & ~uintptr_t{7}; at + 8 <= end;
           at += 8) {
        if (elf.guarded().Holds(at)) {
          at = elf.guarded().end - 8;
          continue;
        }
        Variable(at);
      }
    }
  }

  void Variable(uintptr_t address) {
    void* now = ElfLibrary::ReadEntry(address);
    if (now == nullptr) return;
    for (size_t i = 0; i < patcher->imports_.size(); ++i) {
      const Import& import = patcher->imports_[i];
      if (import.importer != Importer::kAnyone || import.original == nullptr)
        continue;
      void* from = restore ? import.replacement : import.original;
      if (now != from) continue;
      library.addon = InternName(library.path);
      void* to = restore ? NextOf(i) : import.replacement;
      // The addon may be changing it.
      __atomic_compare_exchange_n(reinterpret_cast<void**>(address), &now, to,
                                  false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
      return;
    }
  }
};

struct ImportPatcher::Pass {
  ImportPatcher* patcher;
  bool restore;
  bool first = true;
  bool unchanged = false;
  bool unloaded = false;
  std::vector<Library> libraries;

  static int Visit(dl_phdr_info* info, size_t, void* argument) {
    return static_cast<Pass*>(argument)->Visit(*info);
  }

  int Visit(const dl_phdr_info& info) {
    if (first) {
      first = false;
      unloaded = info.dlpi_subs != patcher->unloads_;
      unchanged = !restore && !unloaded && info.dlpi_adds == patcher->loads_;
      patcher->loads_ = info.dlpi_adds;
      patcher->unloads_ = info.dlpi_subs;
      if (unchanged) return 1;
    }
    const ElfLibrary elf(info);
    Library library;
    library.base = elf.base();
    library.begin = elf.whole().begin;
    library.end = elf.whole().end;
    library.path = info.dlpi_name == nullptr ? "" : info.dlpi_name;
    const Library* known =
        patcher->Find(reinterpret_cast<const void*>(library.begin));
    const bool same = known != nullptr && known->begin == library.begin &&
                      known->path == library.path;
    if (same) library = *known;
    // What was unloaded may have come back to the same place.
    if (!same || unloaded || library.patched == restore) {
      Walk walk{
          patcher,
          elf,
          library,
          elf.whole().Holds(reinterpret_cast<uintptr_t>(patcher->node_mark_)),
          IsAddonPath(library.path) ||
              patcher->named_addons_.contains(library.path),
          restore};
      if (elf.has_dynamic_section() && !elf.IsAbtrace()) {
        walk.Entries();
        if (walk.is_addon) walk.Variables();
        if (restore) walk.Forget();
      }
      library.patched = !restore;
    }
    libraries.push_back(std::move(library));
    return 0;
  }
};

void ImportPatcher::Run(bool restore) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  Pass pass{.patcher = this, .restore = restore, .libraries = {}};
  pass.libraries.reserve(libraries_.size() + 8);
  dl_iterate_phdr(Pass::Visit, &pass);
  if (pass.unchanged) return;
  std::sort(
      pass.libraries.begin(), pass.libraries.end(),
      [](const Library& a, const Library& b) { return a.begin < b.begin; });
  libraries_ = std::move(pass.libraries);
  if (restore) loads_ = unloads_ = 0;
}

const ImportPatcher::Library* ImportPatcher::Find(const void* address) const {
  const auto at = reinterpret_cast<uintptr_t>(address);
  auto found = std::upper_bound(libraries_.begin(), libraries_.end(), at,
                                [](uintptr_t value, const Library& library) {
                                  return value < library.begin;
                                });
  if (found == libraries_.begin()) return nullptr;
  --found;
  return at < found->end ? &*found : nullptr;
}
#else
const ImportPatcher::Library* ImportPatcher::Find(const void*) const {
  return nullptr;
}

void ImportPatcher::Run(bool) {}
#endif

ImportPatcher::ImportPatcher(std::vector<Import> imports, const void* node_mark)
    : imports_(std::move(imports)), node_mark_(node_mark) {}

void ImportPatcher::Patch() { Run(false); }

void ImportPatcher::Restore() { Run(true); }

void ImportPatcher::NameAddon(const std::string& path) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  named_addons_.insert(path);
}

ImportPatcher::Caller ImportPatcher::Identify(const void* return_address,
                                              size_t import) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  // The address behind a call may be the first one of what follows.
  const Library* library = Find(static_cast<const char*>(return_address) - 1);
  Caller caller{nullptr, imports_[import].original};
  if (library == nullptr) return caller;
  caller.addon = library->addon;
  if (library->next[import] != nullptr) caller.next = library->next[import];
  return caller;
}

void ImportPatcher::SetNext(const void* return_address, size_t import,
                            void* found) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  if (const Library* library =
          Find(static_cast<const char*>(return_address) - 1)) {
    Library& known =
        libraries_[static_cast<size_t>(library - libraries_.data())];
    known.next[import] = found;
#if ABTRACE_HAS_IMPORT_PATCHER
    known.addon = InternName(known.path);
#endif
  }
}

}  // namespace abtrace
