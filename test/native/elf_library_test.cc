// What the linker made of libraries: the program's own, and images made up
// here, right ones and such as no linker would make.
#include "core/elf_library.h"

#include <gtest/gtest.h>

#if ABTRACE_KNOWS_ELF
#include <dlfcn.h>

#include <map>
#include <random>
#include <string>

namespace abtrace {
namespace {

struct Found {
  std::string name;
  uint32_t type;
  size_t offset;
};

// A library as it lies in memory, in one readable and writable segment.
struct Image {
  static constexpr size_t kBytes = 4096;
  static constexpr size_t kDynamic = 0, kSymbols = 512, kStrings = 1024,
                          kRelocations = 2048, kEntries = 3072, kNotes = 3584;

  alignas(64) char bytes[kBytes] = {};
  ElfW(Phdr) headers[4] = {};
  size_t dynamic_count = 0;
  size_t relocation_count = 0;

  Image() {
    Header(0, PT_LOAD, PF_R | PF_W, 0, kBytes);
    Header(1, PT_DYNAMIC, PF_R, kDynamic, 512);
    Header(2, PT_NOTE, PF_R, kNotes, 64);
    const char strings[] = "\0napi_one\0napi_two";
    std::memcpy(bytes + kStrings, strings, sizeof(strings));
    Symbol(1, 1);
    Symbol(2, 10);
    Dynamic(DT_SYMTAB, kSymbols);
    Dynamic(DT_STRTAB, kStrings);
    Dynamic(DT_STRSZ, sizeof(strings));
    Dynamic(DT_JMPREL, kRelocations);
    Dynamic(DT_PLTREL, DT_RELA);
    Relocation(kEntries, 1, kJumpSlot);
    Relocation(kEntries + 8, 2, kGlobalData);
    Dynamic(DT_PLTRELSZ, 2 * sizeof(ElfW(Rela)));
  }

  void Header(size_t index, uint32_t type, uint32_t flags, size_t begin,
              size_t size) {
    headers[index].p_type = type;
    headers[index].p_flags = flags;
    headers[index].p_vaddr = begin;
    headers[index].p_memsz = size;
  }
  void Symbol(size_t index, uint32_t name) {
    ElfW(Sym) symbol{};
    symbol.st_name = name;
    Put(kSymbols + index * sizeof(symbol), symbol);
  }
  void Dynamic(int64_t tag, uint64_t value) {
    ElfW(Dyn) entry{};
    entry.d_tag = tag;
    entry.d_un.d_val = value;
    Put(kDynamic + dynamic_count++ * sizeof(entry), entry);
  }
  void Relocation(uint64_t offset, uint64_t symbol, uint32_t type) {
    ElfW(Rela) relocation{};
    relocation.r_offset = offset;
    relocation.r_info = ELF64_R_INFO(symbol, type);
    Put(kRelocations + relocation_count++ * sizeof(relocation), relocation);
  }
  template <typename Value>
  void Put(size_t offset, const Value& value) {
    std::memcpy(bytes + offset, &value, sizeof(value));
  }

  dl_phdr_info Info() const {
    dl_phdr_info info{};
    info.dlpi_addr = reinterpret_cast<uintptr_t>(bytes);
    info.dlpi_phdr = headers;
    info.dlpi_phnum = 4;
    return info;
  }

  // What is read of it; all names and entries are touched.
  std::vector<Found> Read() const {
    std::vector<Found> found;
    const ElfLibrary library(Info());
    library.ForEachRelocation([&](const char* name, const ElfW(Sym)&,
                                  uint32_t type, uintptr_t address) {
      ElfLibrary::ReadEntry(address);
      found.push_back(
          {name, type, address - reinterpret_cast<uintptr_t>(bytes)});
    });
    const ElfLibrary::Note note = library.AbtraceNote();
    for (size_t i = 0; i < note.description_bytes; ++i)
      if (note.description[i] == 1) found.push_back({"note", 0, i});
    return found;
  }
};

TEST(ElfLibrary, FindsEntriesBySymbol) {
  const std::vector<Found> found = Image().Read();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "napi_one");
  EXPECT_EQ(found[0].type, kJumpSlot);
  EXPECT_EQ(found[0].offset, Image::kEntries);
  EXPECT_EQ(found[1].name, "napi_two");
  EXPECT_EQ(found[1].offset, Image::kEntries + 8);
}

TEST(ElfLibrary, NeedsNoHashTableNorAnythingButSymbolsAndStrings) {
  Image image;
  image.Dynamic(DT_GNU_HASH, 1u << 30);
  image.Dynamic(DT_RELR, Image::kRelocations);
  image.Dynamic(DT_RELRSZ, 64);
  EXPECT_EQ(image.Read().size(), 2u);
  Image without;
  without.dynamic_count = 0;
  without.Dynamic(DT_NULL, 0);
  EXPECT_TRUE(without.Read().empty());
}

TEST(ElfLibrary, LeavesOutWhatLeadsOutOfTheLibrary) {
  Image image;
  image.Relocation(Image::kBytes, 1, kJumpSlot);
  image.Relocation(Image::kBytes - 4, 1, kJumpSlot);
  image.Relocation(Image::kEntries + 1, 1, kPointer);
  image.Relocation(UINT64_MAX, 1, kJumpSlot);
  image.Relocation(Image::kEntries, UINT32_MAX, kJumpSlot);
  image.Relocation(Image::kEntries, 0, kJumpSlot);
  image.Symbol(3, UINT32_MAX);
  image.Relocation(Image::kEntries, 3, kJumpSlot);
  image.Dynamic(DT_PLTRELSZ, UINT64_MAX);
  EXPECT_EQ(image.Read().size(), 2u);
  image.Dynamic(DT_SYMTAB, UINT64_MAX - 4);
  EXPECT_TRUE(image.Read().empty());
}

TEST(ElfLibrary, ReadsNoNameWithoutAnEnd) {
  Image image;
  image.Dynamic(DT_STRTAB, Image::kBytes - 4);
  image.Dynamic(DT_STRSZ, UINT64_MAX);
  std::memset(image.bytes + Image::kBytes - 4, 'x', 4);
  EXPECT_TRUE(image.Read().empty());
}

TEST(ElfLibrary, ReadsNothingOfSegmentsThatCannotBeRead) {
  Image image;
  image.Header(0, PT_LOAD, PF_X, 0, Image::kBytes);
  EXPECT_TRUE(image.Read().empty());
  image.Header(0, PT_LOAD, PF_R, 1, UINT64_MAX);
  EXPECT_TRUE(image.Read().empty());
}

TEST(ElfLibrary, KnowsTheNoteOfAbtraceBehindOthers) {
  Image image;
  const uint32_t other[] = {4, 4, 3, 0x554e47, 7};
  const uint32_t ours[] = {8, 8, 5, 0x72746261, 0x656361, 1, 2};
  image.Put(Image::kNotes, other);
  EXPECT_FALSE(ElfLibrary(image.Info()).IsAbtrace());
  image.Put(Image::kNotes + sizeof(other), ours);
  const ElfLibrary::Note note = ElfLibrary(image.Info()).AbtraceNote();
  ASSERT_NE(note.description, nullptr);
  EXPECT_EQ(note.type, 5u);
  EXPECT_EQ(note.description_bytes, 8u);
  EXPECT_EQ(note.description[0], 1);
  const uint32_t endless[] = {8, UINT32_MAX, 5, 0x72746261, 0x656361};
  image.Put(Image::kNotes + sizeof(other), endless);
  EXPECT_FALSE(ElfLibrary(image.Info()).IsAbtrace());
}

// AddressSanitizer sees what is read outside of the image.
TEST(ElfLibrary, SurvivesAnyChangeToAnImage) {
  std::mt19937_64 random(20);
  const uint64_t odd[] = {0,        1,          7,          4095,          4096,
                          1u << 31, UINT32_MAX, UINT64_MAX, UINT64_MAX / 2};
  for (int round = 0; round < 20000; ++round) {
    Image image;
    const size_t changes = 1 + random() % 6;
    for (size_t i = 0; i < changes; ++i) {
      const uint64_t value =
          random() % 2 == 0 ? odd[random() % std::size(odd)] : random() % 8192;
      if (random() % 8 == 0) {
        // Of all segments but the first, which the linker itself has mapped.
        auto* words = reinterpret_cast<uint64_t*>(&image.headers[1]);
        words[random() % (3 * sizeof(ElfW(Phdr)) / 8)] = value;
        for (size_t k = 1; k < 4; ++k)
          if (image.headers[k].p_type == PT_LOAD) image.headers[k].p_type = 0;
      } else {
        image.Put(random() % (Image::kBytes / 8) * 8, value);
      }
    }
    for (const Found& found : image.Read())
      ASSERT_LE(found.offset, Image::kBytes - 8);
  }
}

TEST(ElfLibrary, FindsWhatTheLinkerPutIntoTheProgramsLibraries) {
  struct Count {
    size_t libraries = 0, relocations = 0, right = 0;
  } count;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* argument) {
        auto& count = *static_cast<Count*>(argument);
        const ElfLibrary library(*info);
        ++count.libraries;
        library.ForEachRelocation([&](const char* name, const ElfW(Sym)&,
                                      uint32_t, uintptr_t address) {
          ++count.relocations;
          const std::string wanted = name;
          if (wanted != "malloc" && wanted != "memcpy" && wanted != "free")
            return;
          if (ElfLibrary::ReadEntry(address) != nullptr) ++count.right;
        });
        return 0;
      },
      &count);
  EXPECT_GE(count.libraries, 3u);
  EXPECT_GE(count.relocations, 1000u);
  EXPECT_GE(count.right, 2u);
}

}  // namespace
}  // namespace abtrace
#endif
