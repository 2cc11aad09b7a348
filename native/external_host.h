// The one copy of abtrace in the process that rewrites imports on behalf of
// all: packages may bring copies of their own along, and each is to see every
// block, with the name of its addon.
#ifndef ABTRACE_NATIVE_EXTERNAL_HOST_H_
#define ABTRACE_NATIVE_EXTERNAL_HOST_H_

#include "core/elf_library.h"
#include "external_hook.h"

// Counted up with each change of ExternalHost, ExternalObserver or
// ExternalMemory; copies that differ do not call each other.
#define ABTRACE_EXTERNAL_HOST_VERSION 1

namespace abtrace {

// What a copy does for the others; see external_hook.h for the functions.
//
//   copy B ── note in its library ──► copy A, loaded first ──► imports
//   copy A ────────────────────────►   │ observers: A's session, B's session
//
// No copy is ever unloaded, so that all find the same first one, whichever of
// them trace.
struct ExternalHost {
  void (*hook)(ExternalObserver* observer);
  void (*unhook)(ExternalObserver* observer);
  void (*refresh)();
};

#if ABTRACE_KNOWS_ELF
// This copy's own.
extern const ExternalHost kExternalHost __asm__("abtrace_external_host")
    __attribute__((visibility("hidden")));

// That of the first copy loaded of those that are built for the same V8 and
// have the same version. Any thread.
const ExternalHost& FirstExternalHost();
#endif

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_EXTERNAL_HOST_H_
