// What JavaScript calls to tell of buffers that it saw made, and to have memory
// counted that only V8 knows.
#include <cstring>
#include <memory>
#include <optional>

#include "js/calls.h"
#include "tracer.h"
#include "v8_compat.h"

namespace abtrace {
namespace {

// The store of an ArrayBuffer or SharedArrayBuffer; null for anything else.
std::shared_ptr<v8::BackingStore> StoreOf(const Napi::Value& value) {
  const napi_value plain = value;
  v8::Local<v8::Value> local;
  static_assert(sizeof(local) == sizeof(plain));
  std::memcpy(static_cast<void*>(&local), &plain, sizeof(local));
  if (local->IsArrayBuffer())
    return local.As<v8::ArrayBuffer>()->GetBackingStore();
  if (local->IsSharedArrayBuffer())
    return local.As<v8::SharedArrayBuffer>()->GetBackingStore();
  return nullptr;
}

// Negative: the one that runs now.
std::optional<ContextId> ContextOf(const Napi::Value& value) {
  const int64_t context = value.As<Napi::Number>().Int64Value();
  if (context < 0) return std::nullopt;
  return static_cast<ContextId>(context);
}

// notePages(buffer, kind, context): void — the memory of the buffer, which did
// not pass the allocator, was made or changed its size now; in this context, or
// the one that runs now if that is negative.
Napi::Value JsNotePages(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  const std::shared_ptr<v8::BackingStore> store = StoreOf(info[0]);
  if (state == nullptr || store == nullptr) return info.Env().Undefined();
  state->NotePages(store,
                   static_cast<Kind>(info[1].As<Napi::Number>().Uint32Value()),
                   ContextOf(info[2]));
  return info.Env().Undefined();
}

// noteExternal(buffer, context): void — Node's own code has brought the memory
// of the buffer along; nothing if it has passed the allocator, or is below the
// threshold. `context` as above.
Napi::Value JsNoteExternal(const Napi::CallbackInfo& info) {
  EnvironmentData* data = DataOf(info.Env());
  ThreadState* state = data->State();
  const std::shared_ptr<v8::BackingStore> store = StoreOf(info[0]);
  if (state == nullptr || store == nullptr || store->ByteLength() == 0)
    return info.Env().Undefined();
  Session& session = *data->member.session;
  if (store->ByteLength() >= session.options().threshold_bytes &&
      !session.HasRecord(store->Data())) {
    state->NotePages(store, Kind::kExternal, ContextOf(info[1]));
  }
  return info.Env().Undefined();
}

// noteShared(buffer): void — a SharedArrayBuffer that passed the allocator.
Napi::Value JsNoteShared(const Napi::CallbackInfo& info) {
  EnvironmentData* data = DataOf(info.Env());
  const std::shared_ptr<v8::BackingStore> store = StoreOf(info[0]);
  if (data->State() != nullptr && store != nullptr && store->Data() != nullptr)
    data->member.session->SetKind(store->Data(), Kind::kShared);
  return info.Env().Undefined();
}

#if ABTRACE_VISITS_EXTERNAL_STRINGS
class StringSizes : public v8::ExternalResourceVisitor {
 public:
  void VisitExternalString(v8::Local<v8::String> string) override {
    const auto length = static_cast<uint64_t>(string->Length());
    bytes += string->IsExternalOneByte() ? length : length * 2;
  }

  uint64_t bytes = 0;
};
#endif

// externalStringBytes(): number — size of the strings of this isolate whose
// characters lie outside of its heap; -1 if V8 does not say.
Napi::Value JsExternalStringBytes(const Napi::CallbackInfo& info) {
#if ABTRACE_VISITS_EXTERNAL_STRINGS
  StringSizes sizes;
  DataOf(info.Env())->isolate->VisitExternalResources(&sizes);
  return Napi::Number::New(info.Env(), static_cast<double>(sizes.bytes));
#else
  return Napi::Number::New(info.Env(), -1);
#endif
}

}  // namespace

void AddBufferCalls(Napi::Object exports) {
  AddCalls(exports, {
                        {"notePages", JsNotePages},
                        {"noteShared", JsNoteShared},
                        {"noteExternal", JsNoteExternal},
                        {"externalStringBytes", JsExternalStringBytes},
                    });
}

}  // namespace abtrace
