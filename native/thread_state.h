// One isolate's part in a session: whose an allocation is, by the stack it is
// made under and by the asynchronous work that it is made in.
#ifndef ABTRACE_NATIVE_THREAD_STATE_H_
#define ABTRACE_NATIVE_THREAD_STATE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/context_table.h"
#include "core/sampler.h"
#include "core/slab_watch.h"
#include "session.h"
#include "stack_capture.h"

namespace abtrace {

// What JavaScript and the hooks share of one thread: an array of 32-bit numbers
// that both read and write, so that an asynchronous hook need not call into the
// addon when there is nothing to do. The order is the one of `kShared` in
// lib/native.ts.
enum SharedSlot : uint8_t {
  kSharedContext = 0,  // The context of the callback that runs now.
  kSharedPending,      // How many allocations wait for a callback to own them.
  kSharedUserFrame,    // Of the latest CaptureContext, as StackFlag.
  kSharedTab,          // The tab that what is allocated now goes on; or 0.
  kSharedForced,       // 1: what is made now belongs to the context, whatever
                       // code is on the stack.
  kSharedMade,         // 1: memory was allocated since this was set to 0.
  kSharedNoting,       // 1: what is cut from slabs now is to be told of.
  kSharedUnlistable,   // 1: Node would crash over a snapshot of this heap.
  kSharedSlots,
};

// What was on the stack; the bits are the ones of `kStack` in lib/native.ts.
enum StackFlag : uint8_t {
  kStackUserCode = 1,
  kStackNoJavascript = 2,  // None but the hook's own.
  // With user code: a dependency runs for it, or has called it.
  kStackThroughDependency = 4,
  kStackCalledByDependency = 8,
};

// Of a stack with user code.
inline int32_t UserStackFlags(const CapturedStack& captured) {
  return kStackUserCode |
         (captured.through_dependency ? kStackThroughDependency : 0) |
         (captured.called_by_dependency ? kStackCalledByDependency : 0);
}

// Which kind of callback begins. The order is the one of `kCallback` in
// lib/native.ts.
enum class Callback : uint8_t {
  kOther = 0,
  kReader,  // Of a stream's handle: bytes were read.
  kParser,  // Of a parser of HTTP/1: bytes were parsed.
};

// What an allocation is, beside where it was made.
struct What {
  Kind kind = Kind::kArrayBuffer;
  StringId addon = 0;
};

// A part of a block, as JavaScript sees it.
struct Piece {
  const void* data;     // Of the block.
  uint64_t slab_bytes;  // Size of the block.
  uint64_t offset;
  uint64_t length;
};

// One isolate in one session. Made and used on the isolate's thread, but for
// the tallies and what is marked otherwise.
class ThreadState {
 public:
  ThreadState(Session* session, v8::Isolate* isolate, FrameWalker walker,
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
  // The same, for user code that a dependency calls with what it has read, as a
  // body parser calls a handler. Code that has called the latest taker, and
  // waits for it where it did so, takes nothing from it.
  void HandOver(int32_t tab, ContextId context);
  // Puts what is on the one tab on the other.
  void MoveTab(int32_t from, int32_t to);
  // The same, but only once a second context has laid claim to the tab: until
  // then it may be that the connection has but one user, who is known better
  // otherwise. True from then on.
  bool ClaimSharedTab(int32_t tab, ContextId context);

  void OnAllocate(void* data, uint64_t size);
  // Memory that did not pass the allocator was made or changed its size now, in
  // `context` instead of the current one if given.
  void NotePages(const std::shared_ptr<v8::BackingStore>& store, Kind kind,
                 std::optional<ContextId> context);
  // An addon has handed external memory over; `id` stands for it.
  void OnExternal(void* id, uint64_t size, StringId addon);
  // Where memory that an addon declares belongs; `with_stack` false: to the
  // addon alone.
  SiteKey DeclaredKey(StringId addon, bool with_stack);
  // Node has made a small Buffer; it may be cut from a slab, which may be new.
  void OnCut(const Piece& piece);
  // Has the session know the slab that is cut from now as it is now.
  void PublishSlab();
  // A block of abtrace's own that was allocated just before the hook was there.
  void CountOwn(void* data, uint64_t size);

  bool OnOwnThread() const;
  // Makes this the state of the calling thread, until Detach.
  void BecomeCurrent();
  // That of the calling thread in the session with this serial number; or null.
  // Good for as long as the session is sure not to end.
  static ThreadState* Current(uint64_t serial);
  // The isolate goes; from now on only tallies change.
  void Detach();
  // Whether Node can list what is on the heap; see lib/capture/file-reads.ts.
  // On the own thread.
  bool HeapIsListable() const { return shared_[kSharedUnlistable] == 0; }

  // Any thread.
  uint32_t id() const { return id_; }
  const std::string& name() const { return name_; }
  // Not to be used once it is not alive.
  v8::Isolate* isolate() const { return isolate_; }
  bool alive() const { return alive_.load(std::memory_order_relaxed); }
  uint64_t cache_mismatches() const {
    return capture_ ? capture_->mismatches() : 0;
  }

  std::atomic<bool> working_for_itself{false};

  // In bytes, any thread: what the isolate's allocator had given out before it
  // was hooked; the tallies count everything since.
  std::atomic<int64_t> at_join{0};
  ThreadTallies tallies;
  // Says which allocations below the threshold are recorded all the same.
  alignas(kCacheLine) Sampler sampler;

 private:
  struct Pending {
    void* data;
    uint32_t sequence;
    uint64_t size;
    What what;
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
    What what;
    // Of a piece of a slab, which `data` and `sequence` name; length 0: none.
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  struct Tab {
    std::vector<TabEntry> entries;
    FrameId first_claim = 0;
    bool shared = false;
    ContextId taker = 0;
  };
  static constexpr size_t kMostPending = 4096;
  static constexpr size_t kMostTabs = 4096;
  static constexpr size_t kMostTabEntries = 1024;
  // What libuv asks for when it is about to read from a stream (libuv,
  // src/unix/stream.c).
  static constexpr uint64_t kReadBlockBytes = 65536;

  void NoteMade(void* data, uint32_t sequence);
  void BeginSlab(uint64_t bytes);
  void ShareReadBlock(Site* site, uint64_t bytes_read);
  Site* PageSiteFor(Kind kind, ContextId context);
  Site* FindSite(const CapturedStack& captured, ContextId context);
  void NoteOnTab(void* data, uint32_t sequence, const CapturedStack& captured,
                 const What& what = {});
  void NotePieceOnTab(const Slab& slab, uint64_t offset, uint64_t length,
                      const CapturedStack& captured);
  void PutOnTab(int32_t id, const TabEntry& entry);
  void Give(const TabEntry& entry, ContextId context);
  Site* SiteFor(const CapturedStack& captured, ContextId context,
                const What& what = {});
  SiteKey KeyFor(const CapturedStack& captured, ContextId context,
                 const What& what) const;
  void WaitForCallback(const Pending& pending);
  // Whether the innermost user frame of the one cause has led to the other.
  bool HasCalled(ContextId caller, ContextId taker);
  // The same context, its frame that shows as one of Origin::kTaker.
  ContextId AsTaker(ContextId context);

  alignas(kCacheLine) Session* const session_;
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
  struct Made {
    void* data = nullptr;
    uint32_t sequence = 0;
  };
  Made latest_made_;
  SlabWatch slabs_;
  std::unordered_map<int32_t, Tab> tabs_;
  std::unordered_map<ContextId, ContextId> takers_;
  // Oldest first; may name tabs that are closed.
  std::deque<int32_t> tab_order_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_THREAD_STATE_H_
