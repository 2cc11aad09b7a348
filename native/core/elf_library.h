// What the dynamic linker has made of one ELF library: where its segments are,
// and which entries it filled in for which symbols. Linux only.
#ifndef ABTRACE_NATIVE_CORE_ELF_LIBRARY_H_
#define ABTRACE_NATIVE_CORE_ELF_LIBRARY_H_

// ELF on 64-bit machines whose relocations we know: Linux on x64 and arm64.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define ABTRACE_KNOWS_ELF 1
#else
#define ABTRACE_KNOWS_ELF 0
#endif

#if ABTRACE_KNOWS_ELF
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace abtrace {

// Kinds of relocations that leave the address of a symbol in an entry.
#if defined(__x86_64__)
inline constexpr uint32_t kJumpSlot = R_X86_64_JUMP_SLOT;
inline constexpr uint32_t kGlobalData = R_X86_64_GLOB_DAT;
inline constexpr uint32_t kPointer = R_X86_64_64;
#else
inline constexpr uint32_t kJumpSlot = R_AARCH64_JUMP_SLOT;
inline constexpr uint32_t kGlobalData = R_AARCH64_GLOB_DAT;
inline constexpr uint32_t kPointer = R_AARCH64_ABS64;
#endif

struct AddressRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool Holds(uintptr_t address) const {
    return address >= begin && address < end;
  }
};

// One loaded library. Good inside the call of dl_iterate_phdr that described
// it, as it may be unloaded afterwards.
//
// The linker has loaded it, but linkers are lenient and other tools rewrite
// libraries: whatever one of its tables says is followed only to where one of
// its readable segments is.
class ElfLibrary {
 public:
  explicit ElfLibrary(const dl_phdr_info& info);

  uintptr_t base() const { return base_; }
  // Of all segments.
  const AddressRange& whole() const { return whole_; }
  const std::vector<AddressRange>& writable() const { return writable_; }
  // What the linker has made read-only after it had filled it in (RELRO).
  const AddressRange& guarded() const { return guarded_; }
  bool has_dynamic_section() const { return dynamic_.begin != 0; }

  // The note that marks a copy of abtrace (external_host.cc); `description` is
  // null if the library has none.
  struct Note {
    uint32_t type = 0;
    const char* description = nullptr;
    uint32_t description_bytes = 0;
  };
  Note AbtraceNote() const;
  bool IsAbtrace() const { return AbtraceNote().description != nullptr; }

  // Calls `visit(name, symbol, type, address)` for each relocation that leaves
  // the address of a symbol in an entry: `address` is that of the entry, `type`
  // one of the three above.
  template <typename Visitor>
  void ForEachRelocation(Visitor visit) const {
    const Tables tables = ReadTables();
    if (tables.symbols == 0 || tables.strings == 0) return;
    for (const Table& table : tables.with_addends)
      Read<ElfW(Rela)>(tables, table, visit);
    for (const Table& table : tables.without_addends)
      Read<ElfW(Rel)>(tables, table, visit);
  }

  static void* ReadEntry(uintptr_t address);
  // False if the page cannot be written.
  bool WriteEntry(uintptr_t address, void* value) const;

 private:
  struct Table {
    uintptr_t begin = 0;
    size_t bytes = 0;
  };
  struct Tables {
    uintptr_t symbols = 0;
    uintptr_t strings = 0;
    size_t strings_bytes = SIZE_MAX;
    std::vector<Table> with_addends;
    std::vector<Table> without_addends;
  };

  uintptr_t AddressOf(ElfW(Addr) value) const;
  Tables ReadTables() const;
  // How many bytes can be read from `address` on; 0: none.
  size_t ReadableFrom(uintptr_t address) const;
  // Null if it has no end.
  const char* NameOf(const Tables& tables, const ElfW(Sym) & symbol) const;

  template <typename Relocation, typename Visitor>
  void Read(const Tables& tables, const Table& table, Visitor visit) const {
    const size_t bytes = std::min(table.bytes, ReadableFrom(table.begin));
    for (size_t i = 0; i < bytes / sizeof(Relocation); ++i) {
      Relocation relocation;
      std::memcpy(
          &relocation,
          reinterpret_cast<const void*>(table.begin + i * sizeof(Relocation)),
          sizeof(relocation));
      const auto type = static_cast<uint32_t>(ELF64_R_TYPE(relocation.r_info));
      if (type != kJumpSlot && type != kGlobalData && type != kPointer)
        continue;
      const size_t index = ELF64_R_SYM(relocation.r_info);
      const uintptr_t entry = base_ + relocation.r_offset;
      ElfW(Sym) symbol;
      const uintptr_t at = tables.symbols + index * sizeof(symbol);
      if (index == 0 || entry % sizeof(void*) != 0 ||
          ReadableFrom(entry) < sizeof(void*) ||
          ReadableFrom(at) < sizeof(symbol)) {
        continue;
      }
      std::memcpy(&symbol, reinterpret_cast<const void*>(at), sizeof(symbol));
      const char* name = NameOf(tables, symbol);
      if (name != nullptr) visit(name, symbol, type, entry);
    }
  }

  const uintptr_t base_;
  AddressRange whole_;
  AddressRange guarded_;
  AddressRange dynamic_;
  std::vector<AddressRange> readable_;
  std::vector<AddressRange> writable_;
  std::vector<AddressRange> notes_;
};

}  // namespace abtrace
#endif

#endif  // ABTRACE_NATIVE_CORE_ELF_LIBRARY_H_
