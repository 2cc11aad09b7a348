// Packing; see the header.
#include "js/retainers_columns.h"

#include <initializer_list>
#include <vector>

namespace abtrace {
namespace {

class Columns {
 public:
  void Row(std::initializer_list<double> numbers) {
    numbers_.insert(numbers_.end(), numbers);
  }

  Napi::Value ToJs(Napi::Env env) const {
    auto array = Napi::Float64Array::New(env, numbers_.size());
    if (array.IsEmpty()) return array;  // The thread is being terminated.
    for (size_t i = 0; i < numbers_.size(); ++i) array[i] = numbers_[i];
    return array;
  }

 private:
  std::vector<double> numbers_;
};

template <typename Number>
double D(Number number) {
  return static_cast<double>(number);
}

}  // namespace

Napi::Value RetainersToJs(Napi::Env env, const Retainers& retainers) {
  auto strings = Napi::Array::New(env, retainers.strings.size());
  for (size_t i = 0; i < retainers.strings.size(); ++i)
    strings.Set(static_cast<uint32_t>(i), retainers.strings[i]);
  Columns walks, steps, holds, found, rests, pinned;
  for (const Retainers::Walk& walk : retainers.walks) {
    walks.Row({D(walk.thread), D(walk.status), D(walk.nodes), D(walk.edges),
               walk.paused_ms, D(walk.reached_bytes), D(walk.reached_count),
               D(walk.external_string_bytes), D(walk.moved_in_bytes),
               D(walk.moved_out_bytes)});
  }
  for (const Retainers::Step& step : retainers.steps) {
    steps.Row({D(step.walk),
               step.parent == Shape::kNone ? -1.0 : D(step.parent),
               D(step.edge_type), D(step.node_type), D(step.repeats),
               D(step.any_name), D(step.edge_name), D(step.node_name),
               D(step.script), D(step.function), D(step.line), D(step.column)});
  }
  for (const Retainers::Hold& hold : retainers.holds)
    holds.Row({D(hold.site), D(hold.step), D(hold.bytes), D(hold.count),
               D(hold.natively), D(hold.sampled)});
  for (const Retainers::Found& one : retainers.found)
    found.Row({D(one.step), D(one.kind), D(one.bytes), D(one.count)});
  for (const Retainers::Rest& rest : retainers.rests)
    rests.Row({D(rest.site), D(rest.bytes), D(rest.count)});
  for (const Retainers::Pinned& one : retainers.pinned) {
    pinned.Row({D(one.site), D(one.held_bytes), D(one.used_bytes), D(one.count),
                D(one.views)});
  }
  auto result = Napi::Object::New(env);
  result.Set("strings", strings);
  result.Set("walks", walks.ToJs(env));
  result.Set("steps", steps.ToJs(env));
  result.Set("holds", holds.ToJs(env));
  result.Set("found", found.ToJs(env));
  result.Set("rests", rests.ToJs(env));
  result.Set("pinned", pinned.ToJs(env));
  return result;
}

}  // namespace abtrace
