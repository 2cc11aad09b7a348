// For tests: a native addon that brings memory of its own along, in every way
// that Node and V8 have for it, and watches how it is freed: once, with the
// right hint, on the right thread. Longer than 400 lines, since each way is one
// branch of a few functions, which are of use together only.
// First: node.h of Node 20 would include it as experimental.
#include <node_api.h>
// Then all else.
#include <dlfcn.h>
#include <node.h>
#include <node_buffer.h>
#include <sys/mman.h>
#include <v8.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace {

using v8::BackingStore;
using v8::Isolate;
using v8::Local;

// What a free function is given; never freed, so that a second call is seen.
struct Hint {
  char* data;
  size_t size;
  napi_env env;
  std::thread::id thread;
  std::atomic<int> calls{0};
};

std::atomic<int64_t> made, freed, wrong, live_bytes;

Hint* MakeHint(napi_env env, size_t size) {
  auto* data = static_cast<char*>(std::malloc(size == 0 ? 1 : size));
  if (size > 0) std::memset(data, 7, size < 4096 ? size : 4096);
  ++made;
  live_bytes += static_cast<int64_t>(size);
  return new Hint{data, size, env, std::this_thread::get_id()};
}

void Freed(Hint* hint, const void* data, bool same_thread) {
  const bool right =
      hint->calls.fetch_add(1) == 0 && data == hint->data &&
      (!same_thread || hint->thread == std::this_thread::get_id());
  if (!right) {
    ++wrong;
    return;
  }
  ++freed;
  live_bytes -= static_cast<int64_t>(hint->size);
  std::free(hint->data);
}

void FreeNapi(napi_env env, void* data, void* hint) {
  if (static_cast<Hint*>(hint)->env != env) ++wrong;
  Freed(static_cast<Hint*>(hint), data, true);
}
void FreeNoEnv(void* data, void* hint) {
  Freed(static_cast<Hint*>(hint), data, false);
}
void FreeBuffer(char* data, void* hint) {
  Freed(static_cast<Hint*>(hint), data, true);
}
void FreeStore(void* data, size_t size, void* hint) {
  if (static_cast<Hint*>(hint)->size != size) ++wrong;
  Freed(static_cast<Hint*>(hint), data, false);
}

// Pointers that the linker fills in, in data.
using CreateBuffer = decltype(napi_create_external_buffer);
CreateBuffer* volatile const table[] = {napi_create_external_buffer};
// A pointer that is looked up by name, as napi-rs does.
CreateBuffer* looked_up = nullptr;
using CreateShared = napi_status(napi_env, void*, size_t,
                                 void (*)(void*, void*), void*, napi_value*);

napi_value ToNapi(Local<v8::Value> value) {
  napi_value result;
  static_assert(sizeof(result) == sizeof(value));
  std::memcpy(&result, &value, sizeof(result));
  return result;
}

napi_value Undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

napi_value Throw(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

napi_value FromStore(std::unique_ptr<BackingStore> store, bool shared) {
  Isolate* isolate = Isolate::GetCurrent();
  if (shared)
    return ToNapi(v8::SharedArrayBuffer::New(isolate, std::move(store)));
  return ToNapi(v8::ArrayBuffer::New(isolate, std::move(store)));
}

napi_value Create(napi_env env, const std::string& spelling, size_t size) {
  Isolate* isolate = Isolate::GetCurrent();
  Hint* hint = MakeHint(env, size);
  napi_value result = nullptr;
  napi_status status = napi_ok;
  if (spelling == "napi-buffer") {
    status = napi_create_external_buffer(env, size, hint->data, FreeNapi, hint,
                                         &result);
  } else if (spelling == "napi-arraybuffer") {
    status = napi_create_external_arraybuffer(env, hint->data, size, FreeNapi,
                                              hint, &result);
  } else if (spelling == "napi-table") {
    status = table[0](env, size, hint->data, FreeNapi, hint, &result);
  } else if (spelling == "napi-looked-up") {
    status = looked_up(env, size, hint->data, FreeNapi, hint, &result);
  } else if (spelling == "napi-shared") {
    auto* create = reinterpret_cast<CreateShared*>(
        dlsym(RTLD_DEFAULT, "node_api_create_external_sharedarraybuffer"));
    status = create(env, hint->data, size, FreeNoEnv, hint, &result);
  } else if (spelling == "buffer-new") {
    v8::Local<v8::Object> buffer;
    if (node::Buffer::New(isolate, hint->data, size, FreeBuffer, hint)
            .ToLocal(&buffer)) {
      result = ToNapi(buffer);
    }
  } else if (spelling == "buffer-owned") {
    v8::Local<v8::Object> buffer;
    if (node::Buffer::New(isolate, hint->data, size).ToLocal(&buffer))
      result = ToNapi(buffer);
    // Node frees it, and tells nobody.
    ++freed;
    live_bytes -= static_cast<int64_t>(size);
  } else if (spelling == "array-store") {
    result = FromStore(
        v8::ArrayBuffer::NewBackingStore(hint->data, size, FreeStore, hint),
        false);
  } else if (spelling == "shared-store") {
    result = FromStore(v8::SharedArrayBuffer::NewBackingStore(hint->data, size,
                                                              FreeStore, hint),
                       true);
  } else {
    return Throw(env, "no such spelling");
  }
  if (status != napi_ok || result == nullptr) {
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (!pending) Throw(env, ("refused: " + std::to_string(status)).c_str());
    return nullptr;
  }
  return result;
}

template <size_t kCount>
void Arguments(napi_env env, napi_callback_info info,
               napi_value (&arguments)[kCount]) {
  size_t count = kCount;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
}

std::string Text(napi_env env, napi_value value) {
  char text[64];
  size_t length = 0;
  napi_get_value_string_utf8(env, value, text, sizeof(text), &length);
  return std::string(text, length);
}

int64_t Number(napi_env env, napi_value value) {
  int64_t number = 0;
  napi_get_value_int64(env, value, &number);
  return number;
}

// create(spelling, size): memory of that size.
napi_value JsCreate(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Arguments(env, info, arguments);
  return Create(env, Text(env, arguments[0]),
                static_cast<size_t>(Number(env, arguments[1])));
}

// createMany(spelling, size, count): an array of them.
napi_value JsCreateMany(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  Arguments(env, info, arguments);
  const std::string spelling = Text(env, arguments[0]);
  const auto size = static_cast<size_t>(Number(env, arguments[1]));
  const auto count = static_cast<uint32_t>(Number(env, arguments[2]));
  napi_value result;
  napi_create_array_with_length(env, count, &result);
  for (uint32_t i = 0; i < count; ++i) {
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    napi_value value = Create(env, spelling, size);
    if (value != nullptr) napi_set_element(env, result, i, value);
    napi_close_handle_scope(env, scope);
    if (value == nullptr) return nullptr;
  }
  return result;
}

// What openContext() has made, as addons do that keep a connection.
napi_async_context connection = nullptr;

// openContext(): from now on createLater() runs on behalf of who calls this.
napi_value JsOpenContext(napi_env env, napi_callback_info) {
  napi_value resource, name;
  napi_create_object(env, &resource);
  napi_create_string_utf8(env, "connection", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, resource, name, &connection);
  return Undefined(env);
}

struct Work {
  napi_async_work work;
  napi_deferred deferred;
  std::string spelling;
  size_t size;
};

// createLater(spelling, size): a promise, resolved without JavaScript on the
// stack once a thread of the pool has done nothing.
napi_value JsCreateLater(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Arguments(env, info, arguments);
  auto* work = new Work{nullptr, nullptr, Text(env, arguments[0]),
                        static_cast<size_t>(Number(env, arguments[1]))};
  napi_value promise, name;
  napi_create_promise(env, &work->deferred, &promise);
  napi_create_string_utf8(env, "bringer", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(
      env, nullptr, name, [](napi_env, void*) {},
      [](napi_env env, napi_status, void* data) {
        auto* work = static_cast<Work*>(data);
        napi_callback_scope scope = nullptr;
        napi_value resource;
        napi_create_object(env, &resource);
        if (connection != nullptr)
          napi_open_callback_scope(env, resource, connection, &scope);
        napi_value made = Create(env, work->spelling, work->size);
        if (scope != nullptr) napi_close_callback_scope(env, scope);
        napi_resolve_deferred(env, work->deferred, made);
        napi_delete_async_work(env, work->work);
        delete work;
      },
      work, &work->work);
  napi_queue_async_work(env, work->work);
  return promise;
}

// createOnThread(size): memory that a thread without JavaScript has wrapped.
napi_value JsCreateOnThread(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Arguments(env, info, arguments);
  Hint* hint = MakeHint(env, static_cast<size_t>(Number(env, arguments[0])));
  std::unique_ptr<BackingStore> store;
  std::thread([&] {
    store = v8::ArrayBuffer::NewBackingStore(hint->data, hint->size, FreeStore,
                                             hint);
  }).join();
  return FromStore(std::move(store), false);
}

char standing[100000];

// More than Node 20's longest Buffer; never touched.
constexpr size_t kHuge = size_t{5} << 30;

// Brings more memory along as its own goes.
void FreeAndCreate(napi_env env, void* data, void* hint) {
  FreeNapi(env, data, hint);
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  Create(env, "napi-buffer", 30000);
  napi_close_handle_scope(env, scope);
}

// odd(what): creations that are not quite what they seem.
napi_value JsOdd(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Arguments(env, info, arguments);
  const std::string what = Text(env, arguments[0]);
  napi_value result = nullptr;
  if (what == "no-finalizer") {
    napi_create_external_buffer(env, sizeof(standing), standing, nullptr,
                                nullptr, &result);
  } else if (what == "borrowed") {
    return FromStore(
        v8::ArrayBuffer::NewBackingStore(standing, sizeof(standing),
                                         BackingStore::EmptyDeleter, nullptr),
        false);
  } else if (what == "nothing") {
    // Freed at once, and called all the same.
    Hint* hint = MakeHint(env, 0);
    char* data = hint->data;
    hint->data = nullptr;
    napi_create_external_buffer(env, 0, nullptr, FreeNapi, hint, &result);
    std::free(data);
  } else if (what == "empty") {
    return Create(env, "napi-buffer", 0);
  } else if (what == "huge") {
    void* pages = mmap(nullptr, kHuge, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return FromStore(
        v8::ArrayBuffer::NewBackingStore(
            pages, kHuge,
            [](void* pages, size_t size, void*) { munmap(pages, size); },
            nullptr),
        false);
  } else if (what == "from-finalizer") {
    Hint* hint = MakeHint(env, 40000);
    napi_create_external_buffer(env, hint->size, hint->data, FreeAndCreate,
                                hint, &result);
  } else if (what == "inside") {
    napi_create_external_arraybuffer(env, standing + 100, 5000, nullptr,
                                     nullptr, &result);
  } else if (what == "twice") {
    napi_value one, other;
    napi_create_external_arraybuffer(env, standing, sizeof(standing), nullptr,
                                     nullptr, &one);
    napi_create_external_arraybuffer(env, standing, sizeof(standing), nullptr,
                                     nullptr, &other);
    napi_create_array_with_length(env, 2, &result);
    napi_set_element(env, result, 0, one);
    napi_set_element(env, result, 1, other);
  } else if (what == "no-result") {
    const napi_status status = napi_create_external_buffer(
        env, sizeof(standing), standing, nullptr, nullptr, nullptr);
    napi_create_int32(env, status, &result);
  } else if (what == "exception-pending") {
    napi_throw_error(env, nullptr, "from before");
    const napi_status status = napi_create_external_buffer(
        env, sizeof(standing), standing, FreeNapi, nullptr, &result);
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_create_int32(env, status, &result);
  } else if (what == "too-long") {
    Hint* hint = MakeHint(env, 100);
    hint->size = 100;
    napi_value unused;
    const napi_status status = napi_create_external_buffer(
        env, SIZE_MAX / 2, hint->data, FreeNapi, hint, &unused);
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_create_int32(env, status, &result);
  } else {
    return Throw(env, "no such oddity");
  }
  return result;
}

// declare(how, change): what the call gives back.
napi_value JsDeclare(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Arguments(env, info, arguments);
  const int64_t change = Number(env, arguments[1]);
  int64_t adjusted = 0;
  if (Text(env, arguments[0]) == "napi") {
    napi_adjust_external_memory(env, change, &adjusted);
  } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    adjusted =
        Isolate::GetCurrent()->AdjustAmountOfExternalAllocatedMemory(change);
#pragma GCC diagnostic pop
  }
  napi_value result;
  napi_create_int64(env, adjusted, &result);
  return result;
}

// counts(): what was made and freed so far, by all threads, and what was freed
// wrongly.
napi_value JsCounts(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_object(env, &result);
  const struct {
    const char* name;
    int64_t value;
  } counts[] = {{"made", made},
                {"freed", freed},
                {"wrong", wrong},
                {"liveBytes", live_bytes}};
  for (const auto& [name, value] : counts) {
    napi_value number;
    napi_create_int64(env, value, &number);
    napi_set_named_property(env, result, name, number);
  }
  return result;
}

// lookUp(): asks the linker for Node's function anew.
napi_value JsLookUp(napi_env env, napi_callback_info) {
  looked_up = reinterpret_cast<CreateBuffer*>(
      dlsym(RTLD_DEFAULT, "napi_create_external_buffer"));
  return Undefined(env);
}

// linksTo(): whether asking for the next function of a name, and for one of the
// addon's own, leads where it should.
napi_value JsLinks(napi_env env, napi_callback_info) {
  void* next = dlsym(RTLD_NEXT, "malloc");
  void* own = dlsym(RTLD_DEFAULT, "bringer_has_no_such_function");
  napi_value result;
  napi_get_boolean(
      env, next != nullptr && own == nullptr && dlerror() != nullptr, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  JsLookUp(env, nullptr);
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"create", JsCreate},
                   {"createMany", JsCreateMany},
                   {"createLater", JsCreateLater},
                   {"openContext", JsOpenContext},
                   {"createOnThread", JsCreateOnThread},
                   {"odd", JsOdd},
                   {"declare", JsDeclare},
                   {"counts", JsCounts},
                   {"lookUp", JsLookUp},
                   {"links", JsLinks}};
  for (const auto& [name, function] : functions) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr,
                         &value);
    napi_set_named_property(env, exports, name, value);
  }
  return exports;
}
