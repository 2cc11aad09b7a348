// Sessions and isolates; see the header.
#include "tracer.h"

#include <utility>

namespace abtrace {

Tracer& Tracer::Get() {
  static auto* tracer =
      new Tracer;  // Leaked on purpose: hooks outlive static destruction.
  return *tracer;
}

bool Tracer::Start(SessionOptions options) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ != nullptr) return false;
  session_ = std::make_shared<Session>(std::move(options));
  HookExternal(session_.get());
  return true;
}

bool Tracer::Stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return false;
  UnhookExternal(session_.get());
  for (const auto& [state, hooked] : session_->hooked_) UnhookAllocator(hooked);
  session_->ended_.store(true);
  session_.reset();
  return true;
}

std::optional<std::string> Tracer::Description() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return std::nullopt;
  return session_->options().description;
}

Member Tracer::Join(v8::Isolate* isolate, FrameWalker walker, uint32_t id,
                    std::string name, int32_t* shared, std::string* error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) {
    *error = "abtrace is not tracing";
    return {};
  }
  auto& collections = collections_[isolate];
  if (collections == nullptr)
    collections = std::make_unique<MarkCompactCounter>(isolate);
  auto state = std::make_unique<ThreadState>(
      session_.get(), isolate, std::move(walker), collections.get(), id,
      std::move(name), shared);
  HookedAllocator* hooked =
      HookAllocator(isolate, session_.get(), state.get(), error);
  if (hooked == nullptr) return {};
  state->CountOwn(shared, kSharedSlots * sizeof(int32_t));
  state->BecomeCurrent();
  const Member member{session_, state.get()};
  session_->hooked_[state.get()] = hooked;
  session_->threads_.push_back(std::move(state));
  return member;
}

void Tracer::Leave(v8::Isolate* isolate, const Member& member) {
  const std::lock_guard<std::mutex> lock(mutex_);
  collections_.erase(isolate);
  if (member.session == nullptr) return;
  member.state->Detach();
  const auto found = member.session->hooked_.find(member.state);
  if (found != member.session->hooked_.end()) AbandonAllocator(found->second);
}

std::unique_ptr<SessionSnapshot> Tracer::Snapshot() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) return nullptr;
  RefreshExternalHook();
  return std::make_unique<SessionSnapshot>(session_->Snapshot());
}

std::shared_ptr<Session> Tracer::CurrentSession() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return session_;
}

std::unordered_map<const v8::Isolate*, uint32_t> Tracer::AliveThreads() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::unordered_map<const v8::Isolate*, uint32_t> threads;
  if (session_ == nullptr) return threads;
  for (const auto& thread : session_->threads_) {
    if (thread->alive()) threads.emplace(thread->isolate(), thread->id());
  }
  return threads;
}

}  // namespace abtrace
