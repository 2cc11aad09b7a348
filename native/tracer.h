// The process-wide owner of tracing: sessions begin and end here, isolates join
// and go. Ties the allocator hook to the stack capture and the core structures.
// No JavaScript values cross it.
#ifndef ABTRACE_NATIVE_TRACER_H_
#define ABTRACE_NATIVE_TRACER_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "allocator_hook.h"
#include "core/context_table.h"
#include "core/live_set.h"
#include "core/origin_rules.h"
#include "core/site_table.h"
#include "core/symbol_table.h"
#include "stack_capture.h"

namespace abtrace {

// Why something was not recorded, or not in full. The order is the one of
// `kDropReasons` in lib/native.ts.
enum class Drop : uint8_t {
  kNested = 0,   // Allocated while a stack was being captured: counted, without
                 // a stack.
  kOtherThread,  // Not on the isolate's own thread: counted, without a stack.
  kTooSmall,    // Too small for a stack to be walked safely: counted, without a
                // stack.
  kNoMemory,    // The live set could not grow: not counted.
  kMissedFree,  // An address was allocated twice: the first record was given
                // up.
  kPendingFull,  // Too many reads without JavaScript waited for a callback.
  kTableFull,  // Too many distinct strings, frames, stacks, sites or contexts.
  kCount,
};

struct SessionOptions {
  uint64_t threshold_bytes = 0;
  int stack_depth = 32;
  bool causes = true;
  bool verify = false;  // For tests: check every hit of the stack cache.
  OriginRules rules;
  std::string description;  // For other threads to read; means nothing here.
};

// What JavaScript and the hooks share of one thread: an array of 32-bit numbers
// that both read and write, so that an asynchronous hook need not call into the
// addon when there is nothing to do. The order is the one of `kShared` in
// lib/native.ts.
enum SharedSlot : uint8_t {
  kSharedContext = 0,  // The context of the callback that runs now.
  kSharedPending,      // How many allocations wait for a callback to own them.
  kSharedUserFrame,    // Of the latest CaptureContext: 1 user code was on the
                       // stack, 2 no JavaScript but the hook's own was.
  kSharedTab,          // The tab that what is allocated now goes on; or 0.
  kSharedSlots,
};

// Which kind of callback begins. The order is the one of `kCallback` in
// lib/native.ts.
enum class Callback : uint8_t {
  kOther = 0,
  kReader,  // Of a stream's handle: bytes were read.
  kParser,  // Of a parser of HTTP/1: bytes were parsed.
};

class Session;

// One isolate in one session. Made and used on the isolate's thread, but for
// the tallies and what is marked otherwise.
class ThreadState {
 public:
  ThreadState(Session* session, v8::Isolate* isolate,
              const MarkCompactCounter* collections, uint32_t id,
              std::string name, int32_t* shared);

  // The context for an asynchronous resource made now: that of the stack's user
  // code, or the current one.
  ContextId CaptureContext();
  // The same cause under another label ("" for none).
  ContextId LabelledContext(ContextId base, std::string_view label);
  std::string LabelOf(ContextId context) const;
  // The context of abtrace's own work.
  ContextId OwnContext() { return contexts_.Intern({.own = true}); }
  // Gives the allocations that wait to `context`, and notes them on the tab
  // that is open, if any.
  // With kReader, `bytes_read` is the size of the read, as far as it is known.
  void SettlePending(ContextId context, Callback callback, uint64_t bytes_read);

  // A tab lists allocations that came in for somebody who is not known yet:
  // bytes of a request before its handler reads them, answers on a connection
  // that several callers share. Gives what is on the tab to `context`; with
  // `close` it is done with, else it may be claimed again (the later claim
  // counts).
  void ClaimTab(int32_t tab, ContextId context, bool close);
  // The same, but only once a second context has laid claim to the tab: until
  // then it may be that the connection has but one user, who is known better
  // otherwise. True from then on.
  bool ClaimSharedTab(int32_t tab, ContextId context);

  void OnAllocate(void* data, uint64_t size);
  // A block of abtrace's own that was allocated just before the hook was there.
  void CountOwn(void* data, uint64_t size);

  bool OnOwnThread() const;
  // The isolate goes; from now on only tallies change.
  void Detach();

  // Any thread.
  uint32_t id() const { return id_; }
  const std::string& name() const { return name_; }
  bool alive() const { return alive_.load(std::memory_order_relaxed); }
  uint64_t cache_mismatches() const {
    return capture_ ? capture_->mismatches() : 0;
  }

  std::atomic<bool> working_for_itself{false};

  // In bytes, any thread. `at_join` is what the isolate's allocator had given
  // out before it was hooked; `taken` and `given_back` count everything since.
  std::atomic<int64_t> at_join{0};
  std::atomic<int64_t> taken{0};
  std::atomic<int64_t> given_back{0};
  // Of these, what the session does not follow one by one: allocations below
  // the threshold, and frees of blocks it has no record of, split by the
  // threshold.
  std::atomic<int64_t> small_taken{0};
  std::atomic<int64_t> small_given_back{0};
  std::atomic<int64_t> unknown_given_back{0};

 private:
  struct Pending {
    void* data;
    uint32_t sequence;
    uint64_t size;
  };
  // The block that streams read into now.
  struct ReadBlock {
    void* data = nullptr;
    uint32_t sequence = 0;
    Site* first_user = nullptr;
    uint64_t used = 0;  // Bytes.
  };
  struct TabEntry {
    void* data;
    uint32_t sequence;
    CapturedStack captured;
    ContextId claimed_by;
  };
  struct Tab {
    std::vector<TabEntry> entries;
    FrameId first_claim = 0;
    bool shared = false;
  };
  static constexpr size_t kMostPending = 4096;
  static constexpr size_t kMostTabs = 4096;
  static constexpr size_t kMostTabEntries = 1024;
  // What libuv asks for when it is about to read from a stream (libuv,
  // src/unix/stream.c).
  static constexpr uint64_t kReadBlockBytes = 65536;

  void ShareReadBlock(Site* site, uint64_t bytes_read);
  void NoteOnTab(void* data, uint32_t sequence, const CapturedStack& captured);
  Site* SiteFor(const CapturedStack& captured, ContextId context);

  Session* const session_;
  v8::Isolate* const isolate_;
  const uint32_t id_;
  const std::string name_;
  int32_t* shared_;  // Null once the isolate is gone.
  const void* const thread_mark_;
  std::atomic<bool> alive_{true};
  std::unique_ptr<StackCapture> capture_;
  ContextTable contexts_;
  std::unordered_map<uint64_t, Site*> sites_;  // (stack, context) → site.
  Site* const stackless_;
  Site* const own_;
  std::vector<Pending> pending_;
  ReadBlock read_block_;
  std::unordered_map<int32_t, Tab> tabs_;
  // Oldest first; may name tabs that are closed.
  std::deque<int32_t> tab_order_;
};

// What a dump needs, copied at one moment.
struct SessionSnapshot {
  struct Ages {
    uint32_t oldest_ms = 0;
    uint32_t median_ms = 0;
    uint64_t count = 0;
  };
  struct SiteRow {
    SiteKey key;
    uint64_t live_bytes, live_count, total_bytes, total_count, peak_bytes,
        peak_count;
    Ages ages;
  };
  struct ThreadRow {
    uint32_t id;
    std::string name;
    bool alive;
    int64_t at_join, taken, given_back, small_net, unknown_given_back;
  };
  uint32_t elapsed_ms = 0;
  SymbolSnapshot symbols;
  std::vector<SiteRow> sites;
  std::vector<ThreadRow> threads;
  std::array<uint64_t, static_cast<size_t>(Drop::kCount)> drops{};
  uint64_t cache_mismatches = 0;
  uint64_t own_bytes =
      0;  // What the tracer's tables take on the native heap, roughly.
};

// From start to stop. Any thread, but for what ThreadState says.
//
// Ended sessions are kept by the isolates that have not noticed yet: their
// JavaScript may be about to call in.
class Session final : public AllocationObserver {
 public:
  explicit Session(SessionOptions options);
  ~Session() = default;

  void OnAllocate(HookedAllocator* hooked, void* data, size_t length) override;
  void OnFree(HookedAllocator* hooked, void* data, size_t length) override;

  const SessionOptions& options() const { return options_; }
  SymbolTable& symbols() { return symbols_; }
  SiteTable& sites() { return sites_; }

  // Records a block; returns its sequence number, 0 if it could not be
  // recorded.
  uint32_t Record(void* data, uint64_t size, Site* site);
  void Reassign(void* data, uint32_t sequence, Site* site);
  // Gives a part of a block to a site of its own, until the block is freed;
  // returns the part's sequence number, 0 if the block is gone.
  uint32_t Carve(void* block, uint32_t block_sequence, void* part,
                 uint64_t bytes, Site* site);
  void Count(Drop reason, uint64_t times = 1);
  uint32_t ElapsedMs() const;

  bool ended() const { return ended_.load(); }

 private:
  friend class Tracer;

  void ForgetParts(const void* block);
  SessionSnapshot Snapshot() const;

  const SessionOptions options_;
  const std::chrono::steady_clock::time_point start_;
  SymbolTable symbols_;
  SiteTable sites_;
  LiveSet live_;
  std::mutex carved_mutex_;
  std::unordered_map<const void*, std::vector<void*>> carved_;
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Drop::kCount)> drops_{};

  std::atomic<bool> ended_{false};

  // Guarded by the tracer's mutex.
  std::vector<std::unique_ptr<ThreadState>> threads_;
  std::unordered_map<ThreadState*, HookedAllocator*> hooked_;
};

// An isolate's part in a session. `state` is good for as long as the member
// holds the session.
struct Member {
  std::shared_ptr<Session> session;
  ThreadState* state = nullptr;
};

// The one tracer of the process (of this copy of abtrace). Any thread.
class Tracer {
 public:
  static Tracer& Get();

  // Begins a session; false if one is under way.
  bool Start(SessionOptions options);
  // Ends it: puts every allocator back. False if there was none.
  bool Stop();
  // Of the session under way, if there is one.
  std::optional<std::string> Description();

  // Hooks the current isolate into the session that runs. Empty, and `error`
  // says why, if there is none or the runtime is not one we know. `shared` has
  // kSharedSlots numbers and lives until Leave.
  Member Join(v8::Isolate* isolate, uint32_t id, std::string name,
              int32_t* shared, std::string* error);
  // The isolate is going: nothing of it is touched any more. Only on its
  // thread.
  void Leave(v8::Isolate* isolate, const Member& member);

  // Null without a session.
  std::unique_ptr<SessionSnapshot> Snapshot();

 private:
  Tracer() = default;

  std::mutex mutex_;
  std::shared_ptr<Session> session_;
  std::unordered_map<v8::Isolate*, std::unique_ptr<MarkCompactCounter>>
      collections_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_TRACER_H_
