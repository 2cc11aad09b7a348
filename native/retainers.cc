// Putting the walks of all isolates together; see the header.
#include "retainers.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "heap_walk.h"
#include "native_holders.h"
#include "remote_collector.h"
#include "tracer.h"

namespace abtrace {
namespace {

// Ways that hold least are left out past so many.
constexpr size_t kMostHolds = 4000;

HeapWalkOptions OptionsFor(const Session& session) {
  HeapWalkOptions options;
  options.threshold_bytes = session.options().threshold_bytes;
  options.rules = &session.options().rules;
  return options;
}

// Blocks that are alive, by where their memory is: what native addons brought
// along is recorded under numbers of its own.
std::vector<LiveRecord> BlocksOf(const Session& session) {
  std::vector<LiveRecord> records = session.live().Records();
  std::unordered_map<const void*, const void*> data;
  for (const ExternalIndex::Entry& entry : session.ExternalBlocks())
    data.emplace(entry.record, entry.data);
  if (data.empty()) return records;
  for (LiveRecord& record : records) {
    const auto found = data.find(record.address);
    if (found != data.end()) record.address = found->second;
  }
  return records;
}

LiveMemory MemoryOf(Session* session) {
  return {BlocksOf(*session), session->page_stores().Parts(),
          session->sampled().LiveSamples()};
}

// Puts them together; see Retainers.
class Merger {
 public:
  Merger(Session* session, std::vector<ThreadWalk> walks, Retainers* result)
      : session_(*session), walks_(std::move(walks)), result_(*result) {}

  void Run(uint32_t begin_ms);

 private:
  struct Claim {
    size_t walk;
    size_t block;
  };

  uint32_t NumberOf(const Site* site) const { return site_numbers_.at(site); }
  void ClaimBlocks();
  void AddHolds();
  void CountIfMoved(const LiveRecord& record, Retainers::Walk* walk);
  void AddFound();
  void AddPinned();
  void AddRests(uint32_t begin_ms);
  uint32_t TakeStep(size_t walk, uint32_t step);
  uint32_t TakeString(size_t walk, uint32_t string);

  Session& session_;
  const std::vector<ThreadWalk> walks_;
  Retainers& result_;
  std::unordered_map<const Site*, uint32_t> site_numbers_;
  std::unordered_map<const void*, Claim> claims_;
  std::vector<std::unordered_map<uint32_t, uint32_t>> step_numbers_;
  std::unordered_map<std::string, uint32_t> string_numbers_;
};

// A block that two isolates reach (shared memory) counts once: where it was
// allocated, if it is reached there.
void Merger::ClaimBlocks() {
  for (size_t w = 0; w < walks_.size(); ++w) {
    const std::vector<HeapWalk::Block>& blocks = walks_[w].walk.blocks;
    for (size_t b = 0; b < blocks.size(); ++b) {
      const LiveRecord& record = blocks[b].record;
      const auto [found, is_new] =
          claims_.try_emplace(record.address, Claim{w, b});
      if (!is_new && record.site->key().thread == walks_[w].thread)
        found->second = {w, b};
    }
  }
}

uint32_t Merger::TakeString(size_t walk, uint32_t string) {
  const std::string& text = walks_[walk].walk.strings[string];
  if (text.empty()) return 0;
  const auto [found, is_new] = string_numbers_.try_emplace(
      text, static_cast<uint32_t>(result_.strings.size()));
  if (is_new) result_.strings.push_back(text);
  return found->second;
}

uint32_t Merger::TakeStep(size_t walk, uint32_t step) {
  std::vector<uint32_t> way;
  uint32_t parent = Shape::kNone;
  for (uint32_t at = step; at != Shape::kNone;
       at = walks_[walk].walk.steps[at].shape.parent) {
    const auto known = step_numbers_[walk].find(at);
    if (known != step_numbers_[walk].end()) {
      parent = known->second;
      break;
    }
    way.push_back(at);
  }
  for (; !way.empty(); way.pop_back()) {
    const HeapWalk::Step& from = walks_[walk].walk.steps[way.back()];
    Retainers::Step to;
    to.walk = static_cast<uint32_t>(walk);
    to.parent = parent;
    to.edge_type = from.shape.edge_type;
    to.node_type = from.shape.node_type;
    to.repeats = from.shape.repeats;
    to.any_name = from.shape.edge_name == Shape::kAnyName;
    to.edge_name = TakeString(walk, from.edge_name);
    to.node_name = TakeString(walk, from.node_name);
    to.script = TakeString(walk, from.script);
    to.function = TakeString(walk, from.function);
    to.line = from.line;
    to.column = from.column;
    parent = static_cast<uint32_t>(result_.steps.size());
    step_numbers_[walk].emplace(way.back(), parent);
    result_.steps.push_back(to);
  }
  return parent;
}

void Merger::CountIfMoved(const LiveRecord& record, Retainers::Walk* walk) {
  const SiteKey& made = record.site->key();
  if (made.thread == walk->thread || made.past_allocator ||
      made.kind == Kind::kShared) {
    return;
  }
  walk->moved_in_bytes += record.size;
  for (Retainers::Walk& other : result_.walks) {
    if (other.thread == made.thread) other.moved_out_bytes += record.size;
  }
}

void Merger::AddHolds() {
  struct Key {
    uint32_t site, walk, step;
    bool sampled;
    bool operator==(const Key&) const = default;
  };
  struct Sum {
    double bytes = 0, count = 0;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return (uint64_t{key.site} << 40) ^ (uint64_t{key.walk} << 33) ^
             (uint64_t{key.sampled} << 32) ^ key.step;
    }
  };
  std::unordered_map<Key, Sum, KeyHash> sums;
  for (const auto& [address, claim] : claims_) {
    const HeapWalk& walk = walks_[claim.walk].walk;
    const HeapWalk::Block& block = walk.blocks[claim.block];
    uint64_t views = 0;
    for (uint32_t i = 0; i < block.holder_count; ++i)
      views += walk.holders[block.first_holder + i].views;
    // Shared by as many views as each path has; the first has what does not
    // divide.
    uint64_t left = block.record.size;
    for (uint32_t i = block.holder_count; i-- > 0;) {
      const HeapWalk::Holder& holder = walk.holders[block.first_holder + i];
      const uint64_t share =
          i == 0 ? left : block.record.size / views * holder.views;
      left -= share;
      Sum& sum =
          sums[{NumberOf(block.record.site), static_cast<uint32_t>(claim.walk),
                holder.step, block.sampled}];
      sum.bytes += static_cast<double>(share) * block.stands_for;
      sum.count += block.stands_for;
    }
    if (block.sampled) continue;
    result_.walks[claim.walk].reached_bytes += block.record.size;
    ++result_.walks[claim.walk].reached_count;
    CountIfMoved(block.record, &result_.walks[claim.walk]);
  }
  std::vector<std::pair<Key, Sum>> ordered(sums.begin(), sums.end());
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    if (a.second.bytes != b.second.bytes)
      return a.second.bytes > b.second.bytes;
    return a.first.step < b.first.step;
  });
  if (ordered.size() > kMostHolds) ordered.resize(kMostHolds);
  for (const auto& [key, sum] : ordered) {
    result_.holds.push_back({key.site, TakeStep(key.walk, key.step),
                             static_cast<uint64_t>(std::llround(sum.bytes)),
                             static_cast<uint64_t>(std::llround(sum.count)),
                             false, key.sampled});
  }
}

void Merger::AddFound() {
  for (size_t w = 0; w < walks_.size(); ++w) {
    for (const HeapWalk::Found& found : walks_[w].walk.found) {
      if (result_.found.size() >= kMostHolds) return;
      result_.found.push_back(
          {TakeStep(w, found.step), found.kind, found.bytes, found.count});
    }
  }
}

void Merger::AddPinned() {
  std::vector<std::unordered_map<uint32_t, double>> view_bytes(walks_.size());
  for (size_t w = 0; w < walks_.size(); ++w) {
    const auto& known = walks_[w].walk.view_bytes;
    view_bytes[w].insert(known.begin(), known.end());
  }
  std::unordered_map<uint32_t, Retainers::Pinned> pinned;
  for (const auto& [address, claim] : claims_) {
    const HeapWalk& walk = walks_[claim.walk].walk;
    const HeapWalk::Block& block = walk.blocks[claim.block];
    if (block.views == 0 || block.sampled) continue;
    double used = 0;
    bool known = true;
    for (uint32_t i = 0; i < block.holder_count; ++i) {
      const HeapWalk::Holder& holder = walk.holders[block.first_holder + i];
      const auto mean = view_bytes[claim.walk].find(holder.step);
      known = known && mean != view_bytes[claim.walk].end();
      if (known) used += mean->second * holder.views;
    }
    if (!known || used * 2 >= static_cast<double>(block.record.size)) continue;
    Retainers::Pinned& sum = pinned[NumberOf(block.record.site)];
    sum.held_bytes += block.record.size;
    sum.used_bytes += static_cast<uint64_t>(std::llround(used));
    ++sum.count;
    sum.views += block.views;
  }
  for (auto& [site, sum] : pinned) {
    sum.site = site;
    result_.pinned.push_back(sum);
  }
}

void Merger::AddRests(uint32_t begin_ms) {
  std::unordered_map<uint32_t, Retainers::Rest> rests;
  NativeHolders holders(walks_, kMostHolds);
  std::vector<std::pair<uint32_t, uint64_t>> others;  // Sites and sizes.
  for (const LiveRecord& record : BlocksOf(session_)) {
    if (record.time_ms >= begin_ms || record.site->key().own ||
        claims_.contains(record.address)) {
      continue;
    }
    const auto number = site_numbers_.find(record.site);
    if (number == site_numbers_.end()) continue;
    Retainers::Rest& rest = rests[number->second];
    rest.site = number->second;
    rest.bytes += record.size;
    ++rest.count;
    if (!holders.TakeStore(number->second, record.size))
      others.emplace_back(number->second, record.size);
  }
  holders.GiveToMessages(others);
  for (const auto& [site, rest] : rests) result_.rests.push_back(rest);
  for (const NativeHolders::Sum& sum : holders.sums()) {
    result_.holds.push_back({sum.site, TakeStep(sum.walk, sum.step), sum.bytes,
                             sum.count, true, false});
  }
}

Retainers::Status StatusOf(const HeapWalk& walk) {
  if (walk.done) return Retainers::Status::kDone;
  if (walk.refused) return Retainers::Status::kRefused;
  return walk.paused_ms > 0 ? Retainers::Status::kFailed
                            : Retainers::Status::kNotAnswered;
}

void Merger::Run(uint32_t begin_ms) {
  uint32_t number = 0;
  session_.sites().ForEach(
      [&](const Site& site) { site_numbers_.emplace(&site, number++); });
  result_.strings.emplace_back();
  step_numbers_.resize(walks_.size());
  for (const ThreadWalk& walk : walks_) {
    result_.walks.push_back({walk.thread, StatusOf(walk.walk), walk.walk.nodes,
                             walk.walk.edges, walk.walk.paused_ms, 0, 0,
                             walk.walk.external_string_bytes});
  }
  ClaimBlocks();
  AddHolds();
  AddFound();
  AddPinned();
  AddRests(begin_ms);
}

}  // namespace

std::unique_ptr<Retainers> FindRetainers(v8::Isolate* self,
                                         std::chrono::milliseconds patience) {
  const std::shared_ptr<Session> session = Tracer::Get().CurrentSession();
  if (session == nullptr) return nullptr;
  const auto threads = Tracer::Get().AliveThreads();
  const HeapWalkOptions options = OptionsFor(*session);
  const uint32_t begin_ms = session->ElapsedMs();

  std::mutex mutex;
  std::vector<ThreadWalk> walks;
  const auto walk = [&](v8::Isolate* isolate) {
    const auto thread = threads.find(isolate);
    if (thread == threads.end()) return;
    HeapWalk made;
    const ThreadState* state = ThreadState::Current(session->serial());
    if (state != nullptr && !state->HeapIsListable()) {
      made.refused = true;
    } else {
      made = WalkHeap(isolate, MemoryOf(session.get()), options);
    }
    const std::lock_guard<std::mutex> lock(mutex);
    walks.push_back({thread->second, std::move(made)});
  };
  RunEverywhereElse(self, patience, walk, [&] { walk(self); });

  auto result = std::make_unique<Retainers>();
  for (const auto& [isolate, thread] : threads) {
    const bool answered = std::any_of(
        walks.begin(), walks.end(),
        [thread = thread](const auto& w) { return w.thread == thread; });
    // After the merged ones, whose numbers are places in the list.
    if (!answered) walks.push_back({thread, {}});
  }
  Merger(session.get(), std::move(walks), result.get()).Run(begin_ms);
  return result;
}

}  // namespace abtrace
