// Leads calls that loaded libraries make to functions of Node or the C library
// to functions of ours, by rewriting the entries that the dynamic linker filled
// in. Knows nothing of what the functions do.
#ifndef ABTRACE_NATIVE_IMPORT_PATCHER_H_
#define ABTRACE_NATIVE_IMPORT_PATCHER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/elf_library.h"

// Where we know how; elsewhere nothing is ever rewritten.
#define ABTRACE_HAS_IMPORT_PATCHER ABTRACE_KNOWS_ELF

namespace abtrace {

// Whose imports are rewritten.
enum class Importer : uint8_t {
  kAnyone,  // Every library but Node itself.
  kAddons,  // Files that end in `.node`, and those that Node loads.
  kNode,    // The library or executable that Node is in.
};

// One imported function.
struct Import {
  const char* name;   // As the linker knows it.
  void* original;     // What the name leads to; null: not on this runtime.
  void* replacement;  // Called instead.
  Importer importer = Importer::kAnyone;
};

// How it looks within a library:
//
//   code ── call ──► [PLT] ──► entry (.got, .got.plt or a pointer in data)
//                                │        before: Node's function, or the
//                                │        library's own PLT (not bound yet)
//                                └──►     after:  ours
//
// Entries in pages that the linker has made read-only (RELRO) are made writable
// for the moment. All of it happens inside dl_iterate_phdr, whose lock keeps
// libraries from coming and going and other copies of abtrace from doing the
// same at the same time. Libraries of abtrace carry a note and are left alone.
//
// Any thread. Leaked on purpose by who owns it: replacements may be called for
// ever, through pointers that a library has copied.
class ImportPatcher {
 public:
  static constexpr size_t kMaxImports = 16;

  // `node_mark` is an address within Node.
  ImportPatcher(std::vector<Import> imports, const void* node_mark);
  ImportPatcher(const ImportPatcher&) = delete;
  ImportPatcher& operator=(const ImportPatcher&) = delete;

  // Rewrites the entries of all libraries loaded now; cheap if none has come or
  // gone since the last time.
  void Patch();
  // Node loads this library, whatever it is called; before Patch.
  void NameAddon(const std::string& path);
  // Puts back what is still ours.
  void Restore();

  // Who calls, by the address that the call returns to.
  struct Caller {
    // The addon's name, good for ever; null: no library that imports anything.
    const std::string* addon;
    // What stood in the entry before: the original, or another's replacement.
    void* next;
  };
  Caller Identify(const void* return_address, size_t import) const;
  // `library` found `found` for a name by itself: calls go there from now on.
  void SetNext(const void* return_address, size_t import, void* found);

  const std::vector<Import>& imports() const { return imports_; }

 private:
  // One loaded library.
  struct Library {
    uintptr_t base = 0;
    uintptr_t begin = 0;  // Of all its segments.
    uintptr_t end = 0;
    std::string path;
    const std::string* addon = nullptr;
    std::array<void*, kMaxImports> next{};
    bool patched = false;
  };
  struct Pass;
  struct Walk;

  const Library* Find(const void* address) const;
  void Run(bool restore);

  const std::vector<Import> imports_;
  const void* const node_mark_;
  // Held in shared mode to identify callers only.
  mutable std::shared_mutex mutex_;
  std::vector<Library> libraries_;  // By address.
  std::set<std::string> named_addons_;
  unsigned long long loads_ = 0;  // As the linker counts them.
  unsigned long long unloads_ = 0;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_IMPORT_PATCHER_H_
