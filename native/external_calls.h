// The functions that stand in for Node's, and what they share: who calls, and
// what to call then. Of external_hook.cc and external_creations.cc only.
#ifndef ABTRACE_NATIVE_EXTERNAL_CALLS_H_
#define ABTRACE_NATIVE_EXTERNAL_CALLS_H_

#include <v8.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>

#include "external_block.h"
#include "import_patcher.h"
#include "node_headers.h"

namespace abtrace {

// The order of the imports that are rewritten.
enum ImportIndex : size_t {
  kNapiBuffer = 0,
  kNapiArrayBuffer,
  kNapiShared,
  kBufferNew,
  kBufferNewOwned,
  kArrayBufferStore,
  kSharedStore,
  kNapiAdjust,
  kIsolateAdjust,
  kAccounterIncrease,
  kAccounterDecrease,
  kAccounterUpdate,
  kDlsym,
  kDlopen,
  kImportCount,
};
static_assert(kImportCount <= ImportPatcher::kMaxImports);

// Leaked on purpose: finalizers run while the process destroys its statics.
ImportPatcher& Patcher();

// One call of an addon's.
class Call {
 public:
  Call(size_t import, const void* return_address)
      : caller_(Patcher().Identify(return_address, import)) {}

  template <typename Function>
  Function* Next() const {
    return reinterpret_cast<Function*>(caller_.next);
  }

  const std::string* addon() const { return caller_.addon; }

  // Null: not to be traced, or no memory to do so.
  ExternalBlock* MakeBlock(void* data, size_t size,
                           napi_env env = nullptr) const {
    if (data == nullptr || size == 0 || !IsExternalObserved()) {
      return nullptr;
    }
    const std::string* addon = caller_.addon;
    if (addon == nullptr && env != nullptr) addon = AddonOf(env);
    return new (std::nothrow) ExternalBlock(data, size, addon);
  }

 private:
  // Where the call is the last thing that a function of the addon does, the
  // return address is that of somebody else; Node knows the addon as well.
  static const std::string* AddonOf(napi_env env);

  const ImportPatcher::Caller caller_;
};

#define ABTRACE_CALL(import) \
  const Call call(import,    \
                  __builtin_extract_return_addr(__builtin_return_address(0)))

// External memory handed over, by each function that does.
napi_status NapiCreateExternalBuffer(napi_env env, size_t length, void* data,
                                     napi_finalize finalize, void* hint,
                                     napi_value* result);
napi_status NapiCreateExternalArrayBuffer(napi_env env, void* data,
                                          size_t length, napi_finalize finalize,
                                          void* hint, napi_value* result);
napi_status NapiCreateExternalShared(napi_env env, void* data, size_t length,
                                     NoEnvFinalize finalize, void* hint,
                                     napi_value* result);
v8::MaybeLocal<v8::Object> BufferNew(v8::Isolate* isolate, char* data,
                                     size_t length,
                                     node::Buffer::FreeCallback callback,
                                     void* hint);
v8::MaybeLocal<v8::Object> BufferNewOwned(v8::Isolate* isolate, char* data,
                                          size_t length);
std::unique_ptr<v8::BackingStore> NewArrayBufferStore(
    void* data, size_t length, v8::BackingStore::DeleterCallback deleter,
    void* deleter_data);
std::unique_ptr<v8::BackingStore> NewSharedStore(
    void* data, size_t length, v8::BackingStore::DeleterCallback deleter,
    void* deleter_data);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_EXTERNAL_CALLS_H_
