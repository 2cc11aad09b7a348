// Observing and freeing; see the header.
#include "external_block.h"

#include <thread>

namespace abtrace {
namespace {

std::atomic<ExternalObserver*> current_observer{nullptr};
std::atomic<int> inside{0};

}  // namespace

ExternalObserverScope::ExternalObserverScope() {
  if (!IsExternalObserved()) return;
  // Sequentially consistent, against SetExternalObserver: it sees us inside or
  // we see no observer.
  inside.fetch_add(1);
  entered_ = true;
  observer_ = current_observer.load();
}

ExternalObserverScope::~ExternalObserverScope() {
  if (entered_) inside.fetch_sub(1, std::memory_order_release);
}

bool IsExternalObserved() {
  return current_observer.load(std::memory_order_relaxed) != nullptr;
}

void SetExternalObserver(ExternalObserver* observer) {
  current_observer.store(observer);
  while (observer == nullptr && inside.load() != 0) std::this_thread::yield();
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
