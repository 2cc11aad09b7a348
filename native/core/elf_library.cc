// Reading segments and relocations; see the header.
#include "elf_library.h"

#if ABTRACE_KNOWS_ELF
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace abtrace {
namespace {

constexpr char kNoteName[8] = "abtrace";

uintptr_t PageSize() { return static_cast<uintptr_t>(getpagesize()); }

}  // namespace

ElfLibrary::ElfLibrary(const dl_phdr_info& info) : base_(info.dlpi_addr) {
  whole_.begin = UINTPTR_MAX;
  for (size_t i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info.dlpi_phdr[i];
    const uintptr_t begin = base_ + header.p_vaddr;
    const uintptr_t end = begin + header.p_memsz;
    if (end < begin) continue;
    if (header.p_type == PT_LOAD) {
      whole_.begin = std::min(whole_.begin, begin);
      whole_.end = std::max(whole_.end, end);
      if ((header.p_flags & PF_R) != 0) readable_.push_back({begin, end});
      if ((header.p_flags & PF_W) != 0) writable_.push_back({begin, end});
    } else if (header.p_type == PT_DYNAMIC) {
      dynamic_ = {begin, end};
    } else if (header.p_type == PT_GNU_RELRO) {
      // The linker protects whole pages only.
      const uintptr_t page = PageSize() - 1;
      guarded_ = {begin & ~page, end & ~page};
    } else if (header.p_type == PT_NOTE) {
      notes_.push_back({begin, end});
    }
  }
}

size_t ElfLibrary::ReadableFrom(uintptr_t address) const {
  for (const AddressRange& range : readable_)
    if (range.Holds(address)) return range.end - address;
  return 0;
}

const char* ElfLibrary::NameOf(const Tables& tables,
                               const ElfW(Sym) & symbol) const {
  if (symbol.st_name >= tables.strings_bytes) return nullptr;
  const uintptr_t name = tables.strings + symbol.st_name;
  const size_t longest =
      std::min(ReadableFrom(name), tables.strings_bytes - symbol.st_name);
  const auto* text = reinterpret_cast<const char*>(name);
  const bool ends = longest != 0 && std::memchr(text, '\0', longest) != nullptr;
  return ends ? text : nullptr;
}

ElfLibrary::Note ElfLibrary::AbtraceNote() const {
  for (const AddressRange& range : notes_) {
    uintptr_t at = range.begin;
    const uintptr_t end =
        at + std::min<size_t>(range.end - at, ReadableFrom(at));
    ElfW(Nhdr) note;
    while (end - at >= sizeof(note)) {
      std::memcpy(&note, reinterpret_cast<const void*>(at), sizeof(note));
      const uintptr_t name = at + sizeof(note);
      const uintptr_t description = name + ((note.n_namesz + 3ull) & ~3ull);
      const uintptr_t next = description + ((note.n_descsz + 3ull) & ~3ull);
      if (next > end) break;
      if (note.n_namesz == sizeof(kNoteName) &&
          std::memcmp(reinterpret_cast<const char*>(name), kNoteName,
                      sizeof(kNoteName)) == 0) {
        return {note.n_type, reinterpret_cast<const char*>(description),
                note.n_descsz};
      }
      at = next;
    }
  }
  return {};
}

// Some linkers turn the offsets of the dynamic section into addresses when they
// load a library, some do not. 0 for what lies outside of it.
uintptr_t ElfLibrary::AddressOf(ElfW(Addr) value) const {
  const uintptr_t address = whole_.Holds(value) ? value : base_ + value;
  return whole_.Holds(address) ? address : 0;
}

ElfLibrary::Tables ElfLibrary::ReadTables() const {
  Tables tables;
  Table with_addends;
  Table without_addends;
  Table jumps;
  bool jumps_have_addends = true;
  const size_t bytes = std::min<size_t>(dynamic_.end - dynamic_.begin,
                                        ReadableFrom(dynamic_.begin));
  for (size_t i = 0; i < bytes / sizeof(ElfW(Dyn)); ++i) {
    ElfW(Dyn) entry;
    std::memcpy(
        &entry,
        reinterpret_cast<const void*>(dynamic_.begin + i * sizeof(entry)),
        sizeof(entry));
    if (entry.d_tag == DT_NULL) break;
    const auto value = entry.d_un.d_val;
    switch (entry.d_tag) {
      case DT_SYMTAB:
        tables.symbols = AddressOf(value);
        break;
      case DT_STRTAB:
        tables.strings = AddressOf(value);
        break;
      case DT_STRSZ:
        tables.strings_bytes = value;
        break;
      case DT_RELA:
        with_addends.begin = AddressOf(value);
        break;
      case DT_RELASZ:
        with_addends.bytes = value;
        break;
      case DT_REL:
        without_addends.begin = AddressOf(value);
        break;
      case DT_RELSZ:
        without_addends.bytes = value;
        break;
      case DT_JMPREL:
        jumps.begin = AddressOf(value);
        break;
      case DT_PLTRELSZ:
        jumps.bytes = value;
        break;
      case DT_PLTREL:
        jumps_have_addends = value == DT_RELA;
        break;
      default:
        break;
    }
  }
  if (with_addends.begin != 0) tables.with_addends.push_back(with_addends);
  if (without_addends.begin != 0)
    tables.without_addends.push_back(without_addends);
  if (jumps.begin != 0)
    (jumps_have_addends ? tables.with_addends : tables.without_addends)
        .push_back(jumps);
  return tables;
}

void* ElfLibrary::ReadEntry(uintptr_t address) {
  return __atomic_load_n(reinterpret_cast<void**>(address), __ATOMIC_RELAXED);
}

bool ElfLibrary::WriteEntry(uintptr_t address, void* value) const {
  const bool is_guarded = guarded_.Holds(address);
  const uintptr_t size = PageSize();
  void* page = reinterpret_cast<void*>(address & ~(size - 1));
  if (is_guarded) {
    if (mprotect(page, size, PROT_READ | PROT_WRITE) != 0) return false;
  } else if (std::none_of(writable_.begin(), writable_.end(),
                          [address](const AddressRange& range) {
                            return range.Holds(address);
                          })) {
    return false;
  }
  __atomic_store_n(reinterpret_cast<void**>(address), value, __ATOMIC_RELEASE);
  if (is_guarded) mprotect(page, size, PROT_READ);
  return true;
}

}  // namespace abtrace
#endif
