// External memory as it is handed over: each function calls Node's with a free
// function of ours; see external_hook.cc for the drawing.
#include "external_calls.h"

#if ABTRACE_HAS_IMPORT_PATCHER
#include <cstdlib>
#include <cstring>
#include <utility>

namespace abtrace {
namespace {

using v8::BackingStore;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;

// Node calls the free functions of these from its event loop, some time after
// V8 has let the memory go.
std::shared_ptr<const void> StoreOf(Local<v8::Value> made) {
  if (made->IsArrayBufferView())
    return made.As<v8::ArrayBufferView>()->Buffer()->GetBackingStore();
  if (made->IsArrayBuffer())
    return made.As<v8::ArrayBuffer>()->GetBackingStore();
  return nullptr;
}

// A napi_value is a handle.
Local<v8::Value> ToLocal(napi_value value) {
  Local<v8::Value> local;
  static_assert(sizeof(local) == sizeof(value));
  std::memcpy(static_cast<void*>(&local), &value, sizeof(local));
  return local;
}

// `made`: what the call has given out, if anything.
napi_status Settle(ExternalBlock* block, napi_status status, napi_value made,
                   napi_value* result) {
  if (made != nullptr) *result = made;
  if (status == napi_ok) {
    block->Record(StoreOf(ToLocal(made)));
  } else {
    block->Abandon(made != nullptr || status == napi_generic_failure);
  }
  return status;
}

void FreeMalloced(void* data, size_t, void*) { std::free(data); }

using StoreFunction = std::unique_ptr<BackingStore>(
    void*, size_t, BackingStore::DeleterCallback, void*);

std::unique_ptr<BackingStore> NewStore(const Call& call, void* data,
                                       size_t length,
                                       BackingStore::DeleterCallback deleter,
                                       void* deleter_data) {
  auto* next = call.Next<StoreFunction>();
  // Memory that nobody frees is somebody else's, and V8 counts it differently.
  const bool is_borrowed =
      deleter == nullptr || deleter == BackingStore::EmptyDeleter;
  ExternalBlock* block = is_borrowed ? nullptr : call.MakeBlock(data, length);
  if (block == nullptr) return next(data, length, deleter, deleter_data);
  block->finalize.store = deleter;
  block->hint = deleter_data;
  std::unique_ptr<BackingStore> made = next(data, length, FinalizeStore, block);
  block->Record();
  return made;
}

}  // namespace

napi_status NapiCreateExternalBuffer(napi_env env, size_t length, void* data,
                                     napi_finalize finalize, void* hint,
                                     napi_value* result) {
  ABTRACE_CALL(kNapiBuffer);
  auto* next = call.Next<decltype(NapiCreateExternalBuffer)>();
  ExternalBlock* block =
      result == nullptr ? nullptr : call.MakeBlock(data, length, env);
  if (block == nullptr) return next(env, length, data, finalize, hint, result);
  block->finalize.napi = finalize;
  block->hint = hint;
  napi_value made = nullptr;
  const napi_status status =
      next(env, length, data, FinalizeNapi, block, &made);
  return Settle(block, status, made, result);
}

napi_status NapiCreateExternalArrayBuffer(napi_env env, void* data,
                                          size_t length, napi_finalize finalize,
                                          void* hint, napi_value* result) {
  ABTRACE_CALL(kNapiArrayBuffer);
  auto* next = call.Next<decltype(NapiCreateExternalArrayBuffer)>();
  ExternalBlock* block =
      result == nullptr ? nullptr : call.MakeBlock(data, length, env);
  if (block == nullptr) return next(env, data, length, finalize, hint, result);
  block->finalize.napi = finalize;
  block->hint = hint;
  napi_value made = nullptr;
  const napi_status status =
      next(env, data, length, FinalizeNapi, block, &made);
  return Settle(block, status, made, result);
}

napi_status NapiCreateExternalShared(napi_env env, void* data, size_t length,
                                     NoEnvFinalize finalize, void* hint,
                                     napi_value* result) {
  ABTRACE_CALL(kNapiShared);
  auto* next = call.Next<decltype(NapiCreateExternalShared)>();
  ExternalBlock* block =
      result == nullptr ? nullptr : call.MakeBlock(data, length, env);
  if (block == nullptr) return next(env, data, length, finalize, hint, result);
  block->finalize.no_env = finalize;
  block->hint = hint;
  napi_value made = nullptr;
  const napi_status status =
      next(env, data, length, FinalizeNoEnv, block, &made);
  return Settle(block, status, made, result);
}

// Node calls the free function of a buffer that it could not make, at once or
// later.
MaybeLocal<Object> BufferNew(Isolate* isolate, char* data, size_t length,
                             node::Buffer::FreeCallback callback, void* hint) {
  ABTRACE_CALL(kBufferNew);
  auto* next = call.Next<decltype(BufferNew)>();
  ExternalBlock* block = call.MakeBlock(data, length);
  if (block == nullptr) return next(isolate, data, length, callback, hint);
  block->finalize.buffer = callback;
  block->hint = hint;
  const MaybeLocal<Object> made =
      next(isolate, data, length, FinalizeBuffer, block);
  Local<Object> buffer;
  if (made.ToLocal(&buffer)) {
    block->Record(StoreOf(buffer));
  } else {
    block->Abandon(true);
  }
  return made;
}

// The buffer takes what malloc gave, without telling anybody when it frees it:
// made from parts that do tell.
MaybeLocal<Object> BufferNewOwned(Isolate* isolate, char* data, size_t length) {
  ABTRACE_CALL(kBufferNewOwned);
  auto* next = call.Next<decltype(BufferNewOwned)>();
  // Another's stand-in is to see the call as it is.
  const bool is_nodes =
      call.Next<void>() == Patcher().imports()[kBufferNewOwned].original;
  ExternalBlock* block = length > node::Buffer::kMaxLength || !is_nodes
                             ? nullptr
                             : call.MakeBlock(data, length);
  if (block == nullptr) return next(isolate, data, length);
  block->finalize.store = FreeMalloced;
  v8::EscapableHandleScope scope(isolate);
  const Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(
      isolate,
      v8::ArrayBuffer::NewBackingStore(data, length, FinalizeStore, block));
  // Recorded even if there will be no Buffer: the memory stays until the
  // ArrayBuffer goes.
  block->Record();
  Local<v8::Uint8Array> made;
  if (!node::Buffer::New(isolate, buffer, 0, length).ToLocal(&made)) return {};
  return scope.Escape(made.As<Object>());
}

std::unique_ptr<BackingStore> NewArrayBufferStore(
    void* data, size_t length, BackingStore::DeleterCallback deleter,
    void* deleter_data) {
  ABTRACE_CALL(kArrayBufferStore);
  return NewStore(call, data, length, deleter, deleter_data);
}

std::unique_ptr<BackingStore> NewSharedStore(
    void* data, size_t length, BackingStore::DeleterCallback deleter,
    void* deleter_data) {
  ABTRACE_CALL(kSharedStore);
  return NewStore(call, data, length, deleter, deleter_data);
}

}  // namespace abtrace
#endif
