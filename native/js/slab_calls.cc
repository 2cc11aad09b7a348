// What JavaScript calls to tell of small Buffers, and to have the slabs that
// they are cut from charged to whom these keep alive.
#include <chrono>
#include <vector>

#include "js/calls.h"
#include "js/values.h"
#include "slab_charges.h"
#include "tracer.h"

namespace abtrace {
namespace {

// noteCut(made): void — Node has made a Buffer that may be cut from a slab.
// Called for each of them while they are noted, and so without what the
// Node-API puts around a call.
void JsNoteCut(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto* data =
      static_cast<EnvironmentData*>(info.Data().As<v8::External>()->Value());
  ThreadState* state = data->State();
  if (state == nullptr || !info[0]->IsArrayBufferView()) return;
  const auto view = info[0].As<v8::ArrayBufferView>();
  if (!view->HasBuffer()) return;
  const v8::Local<v8::ArrayBuffer> slab = view->Buffer();
  state->OnCut({slab->Data(), slab->ByteLength(), view->ByteOffset(),
                view->ByteLength()});
}

// chargeSlabs(patienceMs, thorough): Float64Array — gives the slabs to whom
// their views belong. Rows of `kSlabColumns` in lib/native.ts, with sites
// numbered as in the snapshot.
Napi::Value JsChargeSlabs(const Napi::CallbackInfo& info) {
  EnvironmentData* data = DataOf(info.Env());
  std::vector<double> numbers;
  if (data->State() == nullptr) return ToFloat64Array(info.Env(), numbers);
  const SlabCharges charges = ChargeLiveSlabs(
      data->isolate,
      std::chrono::milliseconds(info[0].As<Napi::Number>().Uint32Value()),
      info[1].As<Napi::Boolean>().Value());
  double number = 0;
  data->member.session->sites().ForEach([&](const Site& site) {
    const auto found = charges.sites.find(&site);
    if (found != charges.sites.end()) {
      const SlabCharges::Sum& sum = found->second;
      numbers.insert(numbers.end(), {number, static_cast<double>(sum.bytes),
                                     static_cast<double>(sum.count),
                                     static_cast<double>(sum.estimated_bytes),
                                     static_cast<double>(sum.moved_bytes),
                                     static_cast<double>(sum.moved_count)});
    }
    ++number;
  });
  return ToFloat64Array(info.Env(), numbers);
}

}  // namespace

void AddSlabCalls(Napi::Object exports) {
  AddCalls(exports, {{"chargeSlabs", JsChargeSlabs}});
  AddPlainCall(exports, "noteCut", JsNoteCut);
}

}  // namespace abtrace
