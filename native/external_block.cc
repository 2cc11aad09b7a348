// Observing and freeing; see the header.
#include "external_block.h"

#include <thread>

namespace abtrace {
namespace {

struct Seat {
  std::atomic<ExternalObserver*> observer{nullptr};
  // Written while nobody sits there.
  uint64_t serial = 0;
};
std::array<Seat, kMaxObservers> seats;
std::atomic<int> seated{0};
std::atomic<int> inside{0};
uint64_t last_serial = 0;

}  // namespace

ExternalObserverScope::ExternalObserverScope() {
  if (!IsExternalObserved()) return;
  // Sequentially consistent, against RemoveExternalObserver: it sees us inside
  // or we see no observer.
  inside.fetch_add(1);
  entered_ = true;
  for (size_t i = 0; i < kMaxObservers; ++i) {
    places_[i].observer = seats[i].observer.load();
    if (places_[i].observer != nullptr) places_[i].serial = seats[i].serial;
  }
}

ExternalObserverScope::~ExternalObserverScope() {
  if (entered_) inside.fetch_sub(1, std::memory_order_release);
}

bool IsExternalObserved() {
  return seated.load(std::memory_order_relaxed) != 0;
}

bool AddExternalObserver(ExternalObserver* observer) {
  for (Seat& seat : seats) {
    if (seat.observer.load() != nullptr) continue;
    seat.serial = ++last_serial;
    seat.observer.store(observer);
    ++seated;
    return true;
  }
  return false;
}

bool RemoveExternalObserver(ExternalObserver* observer) {
  for (Seat& seat : seats) {
    if (seat.observer.load() != observer) continue;
    seat.observer.store(nullptr);
    --seated;
    while (inside.load() != 0) std::this_thread::yield();
    return true;
  }
  return false;
}

void FinalizeNapi(napi_env env, void* data, void* hint) {
  const ExternalBlock block = ExternalBlock::Release(hint);
  if (block.finalize.napi != nullptr)
    block.finalize.napi(env, data, block.hint);
}

void FinalizeNoEnv(void* data, void* hint) {
  const ExternalBlock block = ExternalBlock::Release(hint);
  if (block.finalize.no_env != nullptr) block.finalize.no_env(data, block.hint);
}

void FinalizeBuffer(char* data, void* hint) {
  const ExternalBlock block = ExternalBlock::Release(hint);
  if (block.finalize.buffer != nullptr) block.finalize.buffer(data, block.hint);
}

void FinalizeStore(void* data, size_t length, void* hint) {
  const ExternalBlock block = ExternalBlock::Release(hint);
  block.finalize.store(data, length, block.hint);
}

}  // namespace abtrace
