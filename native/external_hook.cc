// The functions that addons call instead of Node's; see the header.
//
//   addon ──► stand-in ──► Node, V8 ──► … the memory is no longer used …
//             │  ExternalBlock { free function, hint }        │
//             ▼          ▲                                    ▼
//          observers     └──────────────────── Finalize…: tells the observers,
//                                              frees the block, calls the
//                                              addon's own free function
//
// A block is handed over first and recorded then, so that what fails is never
// seen; if it is freed in between, the one who records finds that out.
#include "external_hook.h"

#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "core/addon_name.h"
#include "external_calls.h"
#include "external_host.h"

#if ABTRACE_HAS_IMPORT_PATCHER
#include <dlfcn.h>
#include <link.h>
#endif

namespace abtrace {

#if ABTRACE_HAS_IMPORT_PATCHER
namespace {

using v8::Isolate;

void Declare(const std::string* addon, int64_t change) {
  if (change == 0) return;
  const ExternalObserverScope scope;
  for (const auto& [observer, serial] : scope.places())
    if (observer != nullptr) observer->OnDeclared(addon, change);
}

napi_status NapiAdjustExternalMemory(napi_env env, int64_t change,
                                     int64_t* adjusted) {
  ABTRACE_CALL(kNapiAdjust);
  const napi_status status =
      call.Next<decltype(NapiAdjustExternalMemory)>()(env, change, adjusted);
  if (status == napi_ok) Declare(call.addon(), change);
  return status;
}

// Members of classes: `this` comes first (Itanium C++ ABI).
int64_t IsolateAdjustExternalMemory(Isolate* isolate, int64_t change) {
  ABTRACE_CALL(kIsolateAdjust);
  const int64_t adjusted =
      call.Next<decltype(IsolateAdjustExternalMemory)>()(isolate, change);
  Declare(call.addon(), change);
  return adjusted;
}

void AccounterIncrease(void* accounter, Isolate* isolate, size_t size) {
  ABTRACE_CALL(kAccounterIncrease);
  call.Next<decltype(AccounterIncrease)>()(accounter, isolate, size);
  Declare(call.addon(), static_cast<int64_t>(size));
}

void AccounterDecrease(void* accounter, Isolate* isolate, size_t size) {
  ABTRACE_CALL(kAccounterDecrease);
  call.Next<decltype(AccounterDecrease)>()(accounter, isolate, size);
  Declare(call.addon(), -static_cast<int64_t>(size));
}

void AccounterUpdate(void* accounter, Isolate* isolate, int64_t change) {
  ABTRACE_CALL(kAccounterUpdate);
  call.Next<decltype(AccounterUpdate)>()(accounter, isolate, change);
  Declare(call.addon(), change);
}

// Some addons (those of napi-rs) look Node's functions up by name. What the
// linker answers to others depends on who asks: they must keep their return
// address, which a call in tail position does, optimised or not.
#if defined(__clang__)
#define ABTRACE_TAIL_CALL [[clang::musttail]]
#define ABTRACE_TAIL_CALLER
#else
#define ABTRACE_TAIL_CALL
#define ABTRACE_TAIL_CALLER __attribute__((optimize("O2"), no_sanitize("all")))
#endif

__attribute__((noinline)) void* FindByName(void* handle, const char* name,
                                           const void* return_address,
                                           void** next) {
  const ImportPatcher::Caller caller =
      Patcher().Identify(return_address, kDlsym);
  *next = caller.next;
  if (handle == RTLD_NEXT || name == nullptr ||
      (name[0] != 'n' && name[0] != '_')) {
    return nullptr;
  }
  const std::vector<Import>& imports = Patcher().imports();
  for (size_t i = 0; i < imports.size(); ++i) {
    if (imports[i].importer != Importer::kAnyone ||
        imports[i].original == nullptr ||
        std::strcmp(name, imports[i].name) != 0) {
      continue;
    }
    void* found =
        reinterpret_cast<void* (*)(void*, const char*)>(*next)(handle, name);
    if (found == nullptr) return nullptr;
    // Another copy's stand-in, or a library's own function of that name?
    if (found != imports[i].original && handle != RTLD_DEFAULT) return nullptr;
    Patcher().SetNext(return_address, i, found);
    return imports[i].replacement;
  }
  return nullptr;
}

ABTRACE_TAIL_CALLER void* Dlsym(void* handle, const char* name) {
  void* next;
  void* found = FindByName(
      handle, name, __builtin_extract_return_addr(__builtin_return_address(0)),
      &next);
  if (found != nullptr) return found;
  auto* original = reinterpret_cast<void* (*)(void*, const char*)>(next);
  ABTRACE_TAIL_CALL return original(handle, name);
}

std::mutex& HookMutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}

void Hook(ExternalObserver* observer) {
  const std::lock_guard<std::mutex> lock(HookMutex());
  if (AddExternalObserver(observer)) Patcher().Patch();
}

void Unhook(ExternalObserver* observer) {
  const std::lock_guard<std::mutex> lock(HookMutex());
  if (RemoveExternalObserver(observer) && !IsExternalObserved())
    Patcher().Restore();
}

void Refresh() {
  const std::lock_guard<std::mutex> lock(HookMutex());
  if (IsExternalObserved()) Patcher().Patch();
}

// Node loads an addon, in whichever thread: its entries are rewritten before
// its first function runs.
void* Dlopen(const char* file, int flags) {
  ABTRACE_CALL(kDlopen);
  void* handle = call.Next<decltype(Dlopen)>()(file, flags);
  if (handle == nullptr) return nullptr;
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0)
    Patcher().NameAddon(map->l_name);
  Refresh();
  return handle;
}

void* Original(const char* name) { return dlsym(RTLD_DEFAULT, name); }

template <typename Function>
Import ImportOf(const char* name, Function* replacement,
                Importer importer = Importer::kAnyone) {
  return {name, Original(name), reinterpret_cast<void*>(replacement), importer};
}

// In the order of ImportIndex.
std::vector<Import> MakeImports() {
  return {
      ImportOf("napi_create_external_buffer", NapiCreateExternalBuffer),
      ImportOf("napi_create_external_arraybuffer",
               NapiCreateExternalArrayBuffer),
      ImportOf("node_api_create_external_sharedarraybuffer",
               NapiCreateExternalShared),
      ImportOf("_ZN4node6Buffer3NewEPN2v87IsolateEPcmPFvS4_PvES5_", BufferNew),
      ImportOf("_ZN4node6Buffer3NewEPN2v87IsolateEPcm", BufferNewOwned),
      ImportOf("_ZN2v811ArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_",
               NewArrayBufferStore),
      ImportOf("_ZN2v817SharedArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_",
               NewSharedStore),
      ImportOf("napi_adjust_external_memory", NapiAdjustExternalMemory),
      ImportOf("_ZN2v87Isolate37AdjustAmountOfExternalAllocatedMemoryEl",
               IsolateAdjustExternalMemory),
      ImportOf("_ZN2v824ExternalMemoryAccounter8IncreaseEPNS_7IsolateEm",
               AccounterIncrease),
      ImportOf("_ZN2v824ExternalMemoryAccounter8DecreaseEPNS_7IsolateEm",
               AccounterDecrease),
      ImportOf("_ZN2v824ExternalMemoryAccounter6UpdateEPNS_7IsolateEl",
               AccounterUpdate),
      ImportOf("dlsym", Dlsym, Importer::kAddons),
      ImportOf("dlopen", Dlopen, Importer::kNode),
  };
}

}  // namespace

const ExternalHost kExternalHost{Hook, Unhook, Refresh};

ImportPatcher& Patcher() {
  static auto* patcher =
      new ImportPatcher(MakeImports(), Original("napi_create_external_buffer"));
  return *patcher;
}

const std::string* Call::AddonOf(napi_env env) {
  // Declared for addons of version 9 of the Node-API; there since Node 18.
  static auto* file_name =
      reinterpret_cast<napi_status (*)(napi_env, const char**)>(
          Original("node_api_get_module_file_name"));
  const char* url = nullptr;
  if (file_name == nullptr || file_name(env, &url) != napi_ok || url == nullptr)
    return nullptr;
  static auto* names = new std::map<std::string, const std::string*>;
  static auto* mutex = new std::mutex;
  const std::lock_guard<std::mutex> lock(*mutex);
  const std::string*& name = (*names)[url];
  if (name == nullptr) name = new std::string(AddonNameOf(url));
  return name;
}

bool CanHookExternal() { return true; }
void HookExternal(ExternalObserver* observer) {
  FirstExternalHost().hook(observer);
}
void UnhookExternal(ExternalObserver* observer) {
  FirstExternalHost().unhook(observer);
}
void RefreshExternalHook() { FirstExternalHost().refresh(); }
#else
bool CanHookExternal() { return false; }
void HookExternal(ExternalObserver*) {}
void UnhookExternal(ExternalObserver*) {}
void RefreshExternalHook() {}
#endif

}  // namespace abtrace
