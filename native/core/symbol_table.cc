// Interning of strings, frames and stacks; see the header.
#include "symbol_table.h"

#include "hash.h"

namespace abtrace {

size_t SymbolTable::FrameHash::operator()(const Frame& frame) const {
  uint64_t hash = Combine(0, frame.function);
  hash = Combine(hash, frame.script);
  hash = Combine(hash, (uint64_t{frame.line} << 32) | frame.column);
  return static_cast<size_t>(
      Mix(Combine(hash, static_cast<uint64_t>(frame.origin))));
}

size_t SymbolTable::StackHash::operator()(
    const std::vector<FrameId>& frames) const {
  uint64_t hash = frames.size();
  for (FrameId frame : frames) hash = Combine(hash, frame);
  return static_cast<size_t>(Mix(hash));
}

SymbolTable::SymbolTable() {
  strings_.emplace_back();
  string_ids_.emplace(strings_.front(), 0);
  frames_.emplace_back();
  stacks_.push_back(
      &stack_ids_.emplace(std::vector<FrameId>(), 0).first->first);
}

StringId SymbolTable::InternString(std::string_view text) {
  if (text.size() > kMaxStringLength) {
    size_t end = kMaxStringLength;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
    text = text.substr(0, end);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = string_ids_.find(text);
  if (found != string_ids_.end()) return found->second;
  if (strings_.size() >= kMaxStrings) {
    ++overflows_;
    return 0;
  }
  const auto id = static_cast<StringId>(strings_.size());
  strings_.emplace_back(text);
  string_ids_.emplace(strings_.back(), id);
  return id;
}

StringId SymbolTable::InternLabel(std::string_view text) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = string_ids_.find(text);
    if (found != string_ids_.end()) return found->second;
    if (labels_ >= kMaxLabels) {
      ++overflows_;
      return 0;
    }
    ++labels_;
  }
  return InternString(text);
}

FrameId SymbolTable::InternFrame(const Frame& frame) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = frame_ids_.find(frame);
  if (found != frame_ids_.end()) return found->second;
  if (frames_.size() >= kMaxFrames) {
    ++overflows_;
    return 0;
  }
  const auto id = static_cast<FrameId>(frames_.size());
  frames_.push_back(frame);
  frame_ids_.emplace(frame, id);
  return id;
}

StackId SymbolTable::InternStack(std::span<const FrameId> frames) {
  std::vector<FrameId> key(frames.begin(), frames.end());
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = stack_ids_.find(key);
  if (found != stack_ids_.end()) return found->second;
  if (stacks_.size() >= kMaxStacks) {
    ++overflows_;
    return 0;
  }
  const auto id = static_cast<StackId>(stacks_.size());
  stacks_.push_back(&stack_ids_.emplace(std::move(key), id).first->first);
  return id;
}

std::vector<FrameId> SymbolTable::FramesOf(StackId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return id < stacks_.size() ? *stacks_[id] : std::vector<FrameId>();
}

Frame SymbolTable::FrameOf(FrameId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return id < frames_.size() ? frames_[id] : Frame();
}

std::string SymbolTable::StringOf(StringId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return id < strings_.size() ? strings_[id] : std::string();
}

SymbolSnapshot SymbolTable::Snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  SymbolSnapshot snapshot;
  snapshot.strings.assign(strings_.begin(), strings_.end());
  snapshot.frames = frames_;
  snapshot.stack_offsets.reserve(stacks_.size() + 1);
  snapshot.stack_offsets.push_back(0);
  for (const std::vector<FrameId>* stack : stacks_) {
    snapshot.stack_frames.insert(snapshot.stack_frames.end(), stack->begin(),
                                 stack->end());
    snapshot.stack_offsets.push_back(
        static_cast<uint32_t>(snapshot.stack_frames.size()));
  }
  return snapshot;
}

size_t SymbolTable::stack_count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stacks_.size();
}

uint64_t SymbolTable::overflows() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return overflows_;
}

}  // namespace abtrace
