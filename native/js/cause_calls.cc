// What JavaScript calls to say what caused which memory.
#include "js/calls.h"
#include "tracer.h"

namespace abtrace {
namespace {

// captureContext(): number — the context for an asynchronous resource made now;
// -1 when the session has ended. Called for each promise, and so without what
// the Node-API puts around a call.
void JsCaptureContext(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto* data =
      static_cast<EnvironmentData*>(info.Data().As<v8::External>()->Value());
  ThreadState* state = data->State();
  info.GetReturnValue().Set(
      state == nullptr ? int32_t{-1}
                       : static_cast<int32_t>(state->CaptureContext()));
}

// ownContext(): number — the context of abtrace's own work.
Napi::Value JsOwnContext(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  return Napi::Number::New(info.Env(),
                           state == nullptr ? 0 : state->OwnContext());
}

// labelOf(context): string — "" for none.
Napi::Value JsLabelOf(const Napi::CallbackInfo& info) {
  const ThreadState* state = DataOf(info.Env())->State();
  return Napi::String::New(
      info.Env(),
      state == nullptr
          ? ""
          : state->LabelOf(info[0].As<Napi::Number>().Uint32Value()));
}

// labelledContext(context, label): number — the same cause under another label
// ("" for none).
Napi::Value JsLabelledContext(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  if (state == nullptr) return Napi::Number::New(info.Env(), 0);
  return Napi::Number::New(
      info.Env(),
      state->LabelledContext(info[0].As<Napi::Number>().Uint32Value(),
                             info[1].As<Napi::String>().Utf8Value()));
}

// settlePending(context, callback, bytesRead): void — allocations made without
// JavaScript belong to this context.
Napi::Value JsSettlePending(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->SettlePending(
        info[0].As<Napi::Number>().Uint32Value(),
        static_cast<Callback>(info[1].As<Napi::Number>().Uint32Value()),
        info[2].As<Napi::Number>().Uint32Value());
  }
  return info.Env().Undefined();
}

// claimTab(tab, context, close): void — what is on the tab belongs to this
// context.
Napi::Value JsClaimTab(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->ClaimTab(info[0].As<Napi::Number>().Int32Value(),
                    info[1].As<Napi::Number>().Uint32Value(),
                    info[2].As<Napi::Boolean>().Value());
  }
  return info.Env().Undefined();
}

// handOver(tab, context): void — the same for code that a dependency has called
// with what it has read.
Napi::Value JsHandOver(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->HandOver(info[0].As<Napi::Number>().Int32Value(),
                    info[1].As<Napi::Number>().Uint32Value());
  }
  return info.Env().Undefined();
}

// moveTab(from, to): void — what is on the one tab is on the other now.
Napi::Value JsMoveTab(const Napi::CallbackInfo& info) {
  if (ThreadState* state = DataOf(info.Env())->State()) {
    state->MoveTab(info[0].As<Napi::Number>().Int32Value(),
                   info[1].As<Napi::Number>().Int32Value());
  }
  return info.Env().Undefined();
}

// claimSharedTab(tab, context): boolean — the same once two contexts have
// claimed; true from then on.
Napi::Value JsClaimSharedTab(const Napi::CallbackInfo& info) {
  ThreadState* state = DataOf(info.Env())->State();
  const bool shared =
      state != nullptr &&
      state->ClaimSharedTab(info[0].As<Napi::Number>().Int32Value(),
                            info[1].As<Napi::Number>().Uint32Value());
  return Napi::Boolean::New(info.Env(), shared);
}

}  // namespace

void AddCauseCalls(Napi::Object exports) {
  AddCalls(exports, {
                        {"ownContext", JsOwnContext},
                        {"labelOf", JsLabelOf},
                        {"labelledContext", JsLabelledContext},
                        {"settlePending", JsSettlePending},
                        {"claimTab", JsClaimTab},
                        {"handOver", JsHandOver},
                        {"moveTab", JsMoveTab},
                        {"claimSharedTab", JsClaimSharedTab},
                    });
  AddPlainCall(exports, "captureContext", JsCaptureContext);
}

}  // namespace abtrace
