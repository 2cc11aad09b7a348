// Finding the views and charging by them; see the header.
//
// No API of V8 gives the place of a view within its buffer from a snapshot of
// the heap, but QueryObjects shows the objects themselves, in one go. It has
// two costs: it collects garbage and forgets what V8 has learned for
// optimising, and it gives the smallest typed arrays, which V8 keeps on its
// heap, a buffer each. The latter must not happen in an interrupt, since
// optimised code may hold on to where their bytes were; and where there are
// very many it would not be small, which shows when it has been done once.
#include "slab_charges.h"

#include <v8-profiler.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/slab_notes.h"
#include "interrupt_scope.h"
#include "remote_collector.h"
#include "tracer.h"

namespace abtrace {
namespace {

constexpr uint64_t kFewBytes = 256 * 1024;
constexpr size_t kLargeHeapBytes = size_t{256} << 20;
constexpr std::chrono::milliseconds kPatience(300);
constexpr int64_t kManyMadeBytes = 1 << 20;

// Typed arrays on this thread's heap have turned out to be many.
thread_local bool many_small_arrays = false;

// Notes the views of slabs among the objects that it is asked about.
class ViewCollector final : public v8::QueryObjectPredicate {
 public:
  ViewCollector(v8::Isolate* isolate,
                const std::unordered_set<const void*>* slabs,
                std::vector<SlabView>* views)
      : isolate_(isolate), slabs_(*slabs), views_(*views) {}

  bool Filter(v8::Local<v8::Object> object) override {
    if (!object->IsArrayBufferView()) return false;
    const v8::HandleScope scope(isolate_);
    const auto view = object.As<v8::ArrayBufferView>();
    if (!view->HasBuffer()) return false;
    const void* data = view->Buffer()->Data();
    if (data != nullptr && slabs_.contains(data))
      views_.push_back({data, view->ByteOffset(), view->ByteLength()});
    return false;
  }

 private:
  v8::Isolate* const isolate_;
  const std::unordered_set<const void*>& slabs_;
  std::vector<SlabView>& views_;
};

// False if it was not done.
bool CollectViews(v8::Isolate* isolate, ThreadState* state, bool thorough,
                  const std::unordered_set<const void*>& slabs,
                  std::vector<SlabView>* views) {
  if (InterruptScope::InOne() || many_small_arrays) return false;
  if (!thorough) {
    v8::HeapStatistics statistics;
    isolate->GetHeapStatistics(&statistics);
    if (statistics.used_heap_size() > kLargeHeapBytes) return false;
  }
  const v8::HandleScope scope(isolate);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  if (context.IsEmpty()) return false;
  ViewCollector collector(isolate, &slabs, views);
  std::vector<v8::Global<v8::Object>> none;
  const int64_t before = state->tallies.Sum().small_taken;
  const bool was_on = state->working_for_itself.exchange(true);
  isolate->GetHeapProfiler()->QueryObjects(context, &collector, &none);
  state->working_for_itself.store(was_on);
  many_small_arrays =
      state->tallies.Sum().small_taken - before > kManyMadeBytes;
  return true;
}

}  // namespace

SlabCharges ChargeLiveSlabs(v8::Isolate* self,
                            std::chrono::milliseconds patience, bool thorough) {
  SlabCharges result;
  const std::shared_ptr<Session> session = Tracer::Get().CurrentSession();
  if (session == nullptr) return result;
  const auto state_here = [&session] {
    return ThreadState::Current(session->serial());
  };
  if (ThreadState* state = state_here()) state->PublishSlab();
  std::unordered_set<const void*> addresses;
  uint64_t bytes = 0;
  bool any_noted = false;
  const std::vector<Slab> known = session->slabs().Slabs();
  for (const Slab& slab : known) {
    addresses.insert(slab.data);
    bytes += slab.bytes;
    any_noted = any_noted || slab.noted;
  }
  if (!any_noted || (!thorough && bytes < kFewBytes)) return result;

  std::mutex mutex;
  std::vector<SlabView> views;
  const auto look = [&](v8::Isolate* isolate) {
    ThreadState* state = state_here();
    if (state == nullptr) return;
    std::vector<SlabView> found;
    if (!CollectViews(isolate, state, thorough, addresses, &found)) return;
    const std::lock_guard<std::mutex> lock(mutex);
    views.insert(views.end(), found.begin(), found.end());
  };
  RunEverywhereElse(
      self, thorough ? patience : std::min(patience, kPatience), look,
      [&] { look(self); }, Way::kLoop);

  for (const SlabCharge& charge : ChargeSlabs(known, std::move(views))) {
    const Slab& slab = known[charge.slab];
    const Site* before =
        session->Reassign(slab.data, slab.sequence, charge.site);
    if (before == nullptr) continue;
    const auto size = static_cast<int64_t>(slab.bytes);
    SlabCharges::Sum& lost = result.sites[before];
    lost.moved_bytes -= size;
    --lost.moved_count;
    SlabCharges::Sum& sum = result.sites[charge.site];
    sum.moved_bytes += size;
    ++sum.moved_count;
    sum.bytes += slab.bytes;
    ++sum.count;
    if (charge.estimated) sum.estimated_bytes += slab.bytes;
  }
  return result;
}

}  // namespace abtrace
