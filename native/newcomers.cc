// The class's vtable and the invitation; see the header.
#include "newcomers.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "allocator_slots.h"

#ifdef __linux__
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace abtrace {
namespace {

using Allocator = v8::ArrayBuffer::Allocator;
using AllocateFunction = void* (*)(Allocator*, size_t);

// Odd while threads are invited; another number each time.
std::atomic<uint64_t> watch{0};
// The watch that this thread was invited to.
thread_local uint64_t invited_to = 0;

std::mutex& Mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
// Guarded by Mutex; leaked, as threads may run on while the process ends.
std::string& Script() {
  static auto* script = new std::string;
  return *script;
}

// --- The invitation. ---

// Null where it is not to be had.
Word* VtableOfClass() {
#ifdef __linux__
  const AllocatorSlots& slots = GetAllocatorSlots();
  void* symbol = dlsym(RTLD_DEFAULT, "_ZTVN4node24NodeArrayBufferAllocatorE");
  if (slots.complete() && symbol != nullptr)
    return static_cast<Word*>(symbol) + 2;
#endif
  return nullptr;
}

v8::MaybeLocal<v8::Value> Get(v8::Local<v8::Context> context,
                              v8::Local<v8::Value> object, const char* name) {
  v8::Local<v8::String> key;
  if (!object->IsObject() ||
      !v8::String::NewFromUtf8(v8::Isolate::GetCurrent(), name).ToLocal(&key))
    return {};
  return object.As<v8::Object>()->Get(context, key);
}

// Calls `receiver[name](argument)`.
v8::MaybeLocal<v8::Value> Call(v8::Local<v8::Context> context,
                               v8::Local<v8::Value> receiver, const char* name,
                               const std::string& argument) {
  v8::Local<v8::Value> function, text;
  if (!Get(context, receiver, name).ToLocal(&function) ||
      !function->IsFunction() ||
      !v8::String::NewFromUtf8(v8::Isolate::GetCurrent(), argument.c_str())
           .ToLocal(&text))
    return {};
  return function.As<v8::Function>()->Call(context, receiver, 1, &text);
}

enum class Readiness { kNever, kNotYet, kReady };

// A worker is ready when its program is about to begin, or has begun.
Readiness ReadinessOf(v8::Local<v8::Context> context,
                      v8::Local<v8::Value> process) {
  v8::Local<v8::Value> threads, port, main;
  if (!process->IsObject()) return Readiness::kNotYet;  // A context of node:vm.
  if (!Call(context, process, "getBuiltinModule", "worker_threads")
           .ToLocal(&threads) ||
      !Get(context, threads, "isMainThread").ToLocal(&main) || main->IsTrue())
    return Readiness::kNever;
  return Get(context, threads, "parentPort").ToLocal(&port) && port->IsObject()
             ? Readiness::kReady
             : Readiness::kNotYet;
}

// Runs as a microtask.
void RunScript(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::TryCatch quiet(isolate);
  std::string script;
  {
    const std::lock_guard<std::mutex> lock(Mutex());
    if (watch.load() != invited_to) return;
    script = Script();
  }
  // Joined by now, in the usual way.
  if (VtableOf(isolate->GetArrayBufferAllocator()) != VtableOfClass()) return;
  v8::Local<v8::Value> process, module, require, ignored;
  if (!Get(context, context->Global(), "process").ToLocal(&process)) return;
  const Readiness readiness = ReadinessOf(context, process);
  if (readiness == Readiness::kNotYet) invited_to = 0;
  if (readiness != Readiness::kReady) return;
  if (!Call(context, process, "getBuiltinModule", "module").ToLocal(&module) ||
      !Call(context, module, "createRequire", script).ToLocal(&require) ||
      !require->IsFunction())
    return;
  v8::Local<v8::String> path;
  if (!v8::String::NewFromUtf8(isolate, script.c_str()).ToLocal(&path)) return;
  v8::Local<v8::Value> argument = path;
  ignored = require.As<v8::Function>()
                ->Call(context, v8::Undefined(isolate), 1, &argument)
                .FromMaybe(ignored);
}

// Runs as an interrupt, in which JavaScript must not be called.
void EnqueueScript(v8::Isolate* isolate, void*) {
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Function> function;
  if (!isolate->InContext() ||
      !v8::Function::New(isolate->GetCurrentContext(), RunScript)
           .ToLocal(&function)) {
    invited_to = 0;
    return;
  }
  isolate->EnqueueMicrotask(function);
}

void Invite(Allocator* allocator) {
  const uint64_t now = watch.load(std::memory_order_relaxed);
  if (now == invited_to || now % 2 == 0) return;
  v8::Isolate* isolate = v8::Isolate::TryGetCurrent();
  // V8 also allocates for an isolate on other threads.
  if (isolate == nullptr || isolate->GetArrayBufferAllocator() != allocator ||
      !isolate->InContext())
    return;
  invited_to = now;
  isolate->RequestInterrupt(EnqueueScript, nullptr);
}

// --- The class's vtable. ---

// One function of the class.
struct Watched {
  AllocateFunction replacement;
  std::atomic<AllocateFunction> original{nullptr};
  // Ours stands in the class's vtable, or below what somebody put there later.
  Word* slot = nullptr;
};

extern Watched allocate;
extern Watched uninitialized;

template <Watched* kWatched>
void* Pass(Allocator* self, size_t length) {
  void* data = kWatched->original.load(std::memory_order_relaxed)(self, length);
  if (data != nullptr) Invite(self);
  return data;
}

Watched allocate{&Pass<&allocate>};
Watched uninitialized{&Pass<&uninitialized>};

#ifdef __linux__

struct Store {
  Word* at;
  Word value;
  Word expected;
  bool done;
};

// Inside dl_iterate_phdr, whose lock keeps others from making the same page
// read-only in between.
int StoreInLibrary(dl_phdr_info* info, size_t, void* data) {
  auto* store = static_cast<Store*>(data);
  const auto address = reinterpret_cast<uintptr_t>(store->at);
  const auto holds = [&](const ElfW(Phdr) & segment) {
    const uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    return address >= begin && address - begin < segment.p_memsz;
  };
  // Read-only data of an executable, or data that the linker has made
  // read-only once it was relocated.
  int protection = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (!holds(segment)) continue;
    if (segment.p_type == PT_GNU_RELRO) {
      protection = PROT_READ;
      break;
    }
    if (segment.p_type == PT_LOAD) {
      protection = ((segment.p_flags & PF_R) != 0 ? PROT_READ : 0) |
                   ((segment.p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
                   ((segment.p_flags & PF_X) != 0 ? PROT_EXEC : 0);
    }
  }
  if (protection == 0) return 0;
  if (*store->at != store->expected) return 1;
  const auto page_size = static_cast<uintptr_t>(getpagesize());
  void* page = reinterpret_cast<void*>(address & ~(page_size - 1));
  if ((protection & PROT_WRITE) == 0 &&
      mprotect(page, page_size, protection | PROT_WRITE) != 0)
    return 1;
  __atomic_store_n(store->at, store->value, __ATOMIC_SEQ_CST);
  if ((protection & PROT_WRITE) == 0) mprotect(page, page_size, protection);
  store->done = true;
  return 1;
}

bool StoreWord(Word* at, Word expected, Word value) {
  Store store{at, value, expected, false};
  dl_iterate_phdr(StoreInLibrary, &store);
  return store.done;
}

// A second copy of abtrace in a process stands on the first one's functions.
void Put(Watched* watched, Word* slot) {
  if (watched->slot != nullptr) return;
  const Word before = *slot;
  watched->original.store(reinterpret_cast<AllocateFunction>(before));
  if (StoreWord(slot, before, reinterpret_cast<Word>(watched->replacement)))
    watched->slot = slot;
}

void TakeBack(Watched* watched) {
  if (watched->slot != nullptr &&
      StoreWord(watched->slot, reinterpret_cast<Word>(watched->replacement),
                reinterpret_cast<Word>(watched->original.load())))
    watched->slot = nullptr;
}

#endif

}  // namespace

void WatchNewcomers(std::string script) {
#ifdef __linux__
  const std::lock_guard<std::mutex> lock(Mutex());
  Word* vtable = VtableOfClass();
  if (vtable == nullptr) return;
  Script() = std::move(script);
  const AllocatorSlots& slots = GetAllocatorSlots();
  Put(&allocate, vtable + slots.allocate);
  Put(&uninitialized, vtable + slots.uninitialized);
  watch.fetch_add(watch.load() % 2 == 0 ? 1 : 2);
#else
  static_cast<void>(script);
#endif
}

void UnwatchNewcomers() {
#ifdef __linux__
  const std::lock_guard<std::mutex> lock(Mutex());
  if (watch.load() % 2 == 0) return;
  watch.fetch_add(1);
  TakeBack(&allocate);
  TakeBack(&uninitialized);
#endif
}

void* BehindWatch(void* function) {
  for (const Watched* watched : {&allocate, &uninitialized}) {
    if (function == reinterpret_cast<void*>(watched->replacement))
      return reinterpret_cast<void*>(watched->original.load());
  }
  return function;
}

}  // namespace abtrace
