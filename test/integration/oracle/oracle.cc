// For tests: counts what passes through Node's ArrayBuffer allocators, below
// and independent of abtrace, and does what JavaScript cannot: allocate and
// free on other threads, hide the allocator's class, call back into JavaScript.
// Uses the Node-API and symbols of the executable only, so that one build
// serves every Node.
#include <dlfcn.h>
#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using Word = void*;
using Allocate = void* (*)(void*, size_t);
using Free = void (*)(void*, void*, size_t);
using Reallocate = void* (*)(void*, void*, size_t, size_t);

// Slots of v8::ArrayBuffer::Allocator under the Itanium C++ ABI; Reallocate
// only before V8 13.3.
constexpr size_t kAllocate = 2, kUninitialized = 3, kFree = 4, kReallocate = 5;
// More than any class of the hierarchy has; what lies behind is never called.
constexpr size_t kSlots = 10;
constexpr size_t kPrelude = 2;

Allocate allocate, uninitialized;
Free free_block;
Reallocate reallocate;
// Whether Reallocate calls the other three depends on the version of Node.
thread_local bool in_reallocate = false;
std::atomic<int64_t> allocations, allocated_bytes, frees, freed_bytes;

void* Counted(void* data, size_t length) {
  if (data != nullptr && !in_reallocate) {
    ++allocations;
    allocated_bytes += static_cast<int64_t>(length);
  }
  return data;
}
void* CountAllocate(void* self, size_t length) {
  return Counted(allocate(self, length), length);
}
void* CountUninitialized(void* self, size_t length) {
  return Counted(uninitialized(self, length), length);
}
void CountFree(void* self, void* data, size_t length) {
  if (data != nullptr && !in_reallocate) {
    ++frees;
    freed_bytes += static_cast<int64_t>(length);
  }
  free_block(self, data, length);
}
void* CountReallocate(void* self, void* data, size_t old_length,
                      size_t length) {
  in_reallocate = true;
  void* moved = reallocate(self, data, old_length, length);
  in_reallocate = false;
  if (data != nullptr && (moved != nullptr || length == 0)) {
    ++frees;
    freed_bytes += static_cast<int64_t>(old_length);
  }
  return Counted(moved, length);
}

template <typename Function>
Function Symbol(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

Word** CurrentAllocator() {
  void* isolate = Symbol<void* (*)()>("_ZN2v87Isolate10GetCurrentEv")();
  return static_cast<Word**>(Symbol<void* (*)(void*)>(
      "_ZN2v87Isolate23GetArrayBufferAllocatorEv")(isolate));
}

napi_value Undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

template <size_t count>
void Arguments(napi_env env, napi_callback_info info,
               napi_value (&values)[count]) {
  size_t given = count;
  napi_get_cb_info(env, info, &given, values, nullptr, nullptr);
}

int64_t IntegerOf(napi_env env, napi_value value) {
  int64_t number = 0;
  napi_get_value_int64(env, value, &number);
  return number;
}

// count(hasReallocate): void: from now on everything that the allocators of
// this process do is counted. Before abtrace starts.
napi_value Count(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Arguments(env, info, arguments);
  bool has_reallocate = false;
  napi_get_value_bool(env, arguments[0], &has_reallocate);
  Word* vtable =
      Symbol<Word*>("_ZTVN4node24NodeArrayBufferAllocatorE") + kPrelude;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(vtable) & ~(page - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(vtable + kSlots);
  auto* pages = reinterpret_cast<void*>(begin);
  mprotect(pages, end - begin, PROT_READ | PROT_WRITE);
  allocate = reinterpret_cast<Allocate>(vtable[kAllocate]);
  uninitialized = reinterpret_cast<Allocate>(vtable[kUninitialized]);
  free_block = reinterpret_cast<Free>(vtable[kFree]);
  vtable[kAllocate] = reinterpret_cast<Word>(CountAllocate);
  vtable[kUninitialized] = reinterpret_cast<Word>(CountUninitialized);
  vtable[kFree] = reinterpret_cast<Word>(CountFree);
  if (has_reallocate) {
    reallocate = reinterpret_cast<Reallocate>(vtable[kReallocate]);
    vtable[kReallocate] = reinterpret_cast<Word>(CountReallocate);
  }
  mprotect(pages, end - begin, PROT_READ);
  return Undefined(env);
}

// counts(): {allocations, allocatedBytes, frees, freedBytes}
napi_value Counts(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_object(env, &result);
  const struct {
    const char* name;
    int64_t value;
  } fields[] = {{"allocations", allocations},
                {"allocatedBytes", allocated_bytes},
                {"frees", frees},
                {"freedBytes", freed_bytes}};
  for (const auto& field : fields) {
    napi_value number;
    napi_create_int64(env, field.value, &number);
    napi_set_named_property(env, result, field.name, number);
  }
  return result;
}

// hideClass(): void: this isolate's allocator seems to be of a class that
// nobody knows.
napi_value HideClass(napi_env env, napi_callback_info) {
  Word** allocator = CurrentAllocator();
  Word* from = *allocator - kPrelude;
  auto* copy = new Word[kPrelude + kSlots];
  std::memcpy(copy, from, (kPrelude + kSlots) * sizeof(Word));
  *allocator = copy + kPrelude;
  return Undefined(env);
}

// allocateOnThreads(bytes, count, threads): bigint[]: blocks from this
// isolate's allocator, taken on threads that know no isolate.
napi_value AllocateOnThreads(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  Arguments(env, info, arguments);
  const auto bytes = static_cast<size_t>(IntegerOf(env, arguments[0]));
  const auto count = static_cast<size_t>(IntegerOf(env, arguments[1]));
  const auto threads = static_cast<size_t>(IntegerOf(env, arguments[2]));
  Word** allocator = CurrentAllocator();
  std::vector<void*> blocks(count * threads);
  std::vector<std::thread> running;
  for (size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([=, &blocks] {
      for (size_t i = 0; i < count; ++i) {
        const size_t slot = i % 2 == 0 ? kAllocate : kUninitialized;
        blocks[thread * count + i] =
            reinterpret_cast<Allocate>((*allocator)[slot])(allocator, bytes);
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  napi_value result;
  napi_create_array_with_length(env, blocks.size(), &result);
  for (size_t i = 0; i < blocks.size(); ++i) {
    napi_value address;
    napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(blocks[i]),
                              &address);
    napi_set_element(env, result, static_cast<uint32_t>(i), address);
  }
  return result;
}

// freeOnThreads(blocks, bytes, threads): void
napi_value FreeOnThreads(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  Arguments(env, info, arguments);
  const auto bytes = static_cast<size_t>(IntegerOf(env, arguments[1]));
  const auto threads = static_cast<size_t>(IntegerOf(env, arguments[2]));
  uint32_t count = 0;
  napi_get_array_length(env, arguments[0], &count);
  std::vector<void*> blocks;
  for (uint32_t i = 0; i < count; ++i) {
    napi_value address;
    uint64_t number = 0;
    bool lossless;
    napi_get_element(env, arguments[0], i, &address);
    napi_get_value_bigint_uint64(env, address, &number, &lossless);
    blocks.push_back(reinterpret_cast<void*>(number));
  }
  Word** allocator = CurrentAllocator();
  std::vector<std::thread> running;
  for (size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([=, &blocks] {
      for (size_t i = thread; i < blocks.size(); i += threads) {
        reinterpret_cast<Free>((*allocator)[kFree])(allocator, blocks[i],
                                                    bytes);
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  return Undefined(env);
}

// callBack(fn): what `fn` returns, called from here.
napi_value CallBack(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Arguments(env, info, arguments);
  napi_value result = nullptr;
  napi_call_function(env, Undefined(env), arguments[0], 0, nullptr, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"count", Count},
                   {"counts", Counts},
                   {"hideClass", HideClass},
                   {"allocateOnThreads", AllocateOnThreads},
                   {"freeOnThreads", FreeOnThreads},
                   {"callBack", CallBack}};
  for (const auto& [name, function] : functions) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr,
                         &value);
    napi_set_named_property(env, exports, name, value);
  }
  return exports;
}
