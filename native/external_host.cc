// Finding the first copy by the notes in the libraries; see the header.
#include "external_host.h"

#if ABTRACE_KNOWS_ELF
#include <v8-version.h>

#include <cstring>

#define ABTRACE_TEXT_OF(value) #value
#define ABTRACE_TEXT(value) ABTRACE_TEXT_OF(value)

// Marks this library as a copy of abtrace (System V ABI, "Note Section"): what
// it stands ready to do for others, by where its ExternalHost is from here, and
// for which V8.
__asm__(
    ".pushsection .note.abtrace, \"a\", %note\n"
    ".balign 4\n"
    ".long 8, 16, " ABTRACE_TEXT(ABTRACE_EXTERNAL_HOST_VERSION) "\n"
    ".asciz \"abtrace\"\n"
    ".quad abtrace_external_host - .\n"
    ".long " ABTRACE_TEXT(V8_MAJOR_VERSION) ", " ABTRACE_TEXT(V8_MINOR_VERSION) "\n"
    ".popsection\n");

namespace abtrace {
namespace {

struct Description {
  int64_t offset;
  uint32_t v8_major;
  uint32_t v8_minor;
};

const ExternalHost* HostOf(const dl_phdr_info& info) {
  const ElfLibrary::Note note = ElfLibrary(info).AbtraceNote();
  Description described;
  if (note.type != ABTRACE_EXTERNAL_HOST_VERSION ||
      note.description_bytes != sizeof(described)) {
    return nullptr;
  }
  // It stands where four bytes are aligned, not eight.
  std::memcpy(&described, note.description, sizeof(described));
  if (described.v8_major != V8_MAJOR_VERSION ||
      described.v8_minor != V8_MINOR_VERSION) {
    return nullptr;
  }
  return reinterpret_cast<const ExternalHost*>(note.description +
                                               described.offset);
}

const ExternalHost& FindFirst() {
  const ExternalHost* host = nullptr;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* found) {
        auto& host = *static_cast<const ExternalHost**>(found);
        host = HostOf(*info);
        return host == nullptr ? 0 : 1;
      },
      &host);
  return host == nullptr ? kExternalHost : *host;
}

}  // namespace

const ExternalHost& FirstExternalHost() {
  static const ExternalHost& first = FindFirst();
  return first;
}

}  // namespace abtrace
#endif
