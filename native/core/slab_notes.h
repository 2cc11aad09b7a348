// Slabs: the blocks that Node cuts small Buffers from. What code had cut which
// part of one, and which code a slab that views keep alive is charged to.
#ifndef ABTRACE_NATIVE_CORE_SLAB_NOTES_H_
#define ABTRACE_NATIVE_CORE_SLAB_NOTES_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "site_table.h"

namespace abtrace {

// Who cut which part of one slab: runs of pieces of the same site, 4 bytes
// each. One thread at a time.
//
//   slab   │ A A A A │ B │ A A │░░░░│ B B │ not cut yet
//   runs   0:A       4:B 5:A   7:–  9:B         in units of 8 bytes
//
// ░ was cut by a way that is not watched: of no site that is known.
class SlabNotes {
 public:
  // Larger slabs, and more sites, cannot be noted.
  static constexpr uint64_t kMostBytes = uint64_t{8} << 20;
  static constexpr size_t kMostSites = 4096;

  // A piece was cut, behind all those before it; others are let pass. False if
  // it could not be noted.
  bool Cut(uint64_t offset, uint64_t length, Site* site);
  // A piece that was cut belongs to another site after all. Nothing if that
  // could not be noted.
  void Give(uint64_t offset, uint64_t length, Site* site);
  // Null if it is not known.
  Site* SiteAt(uint64_t offset) const;

  struct Run {
    uint64_t begin, end;  // Of the last one: as far as is cut.
    Site* site;
  };
  std::vector<Run> Runs() const;
  // Of known sites.
  const std::vector<Site*>& sites() const { return sites_; }
  // Where the latest piece ends.
  uint64_t end() const { return end_; }
  uint64_t pieces() const { return pieces_; }
  size_t bytes() const {
    return runs_.capacity() * sizeof(uint32_t) +
           sites_.capacity() * sizeof(Site*);
  }

 private:
  static constexpr uint32_t kSiteBits = 12;

  bool Append(uint64_t offset, uint32_t site);
  // 1 + its place in `sites_`; 0 if there is no room.
  uint32_t NumberOf(Site* site);

  std::vector<uint32_t> runs_;  // Offset / 8, and NumberOf the site or 0.
  std::vector<Site*> sites_;
  uint32_t latest_ = 0;
  uint64_t end_ = 0;
  uint64_t pieces_ = 0;
};

// A slab that lives.
struct Slab {
  void* data = nullptr;
  uint32_t sequence = 0;  // Of its record in the live set.
  uint32_t thread = 0;
  uint64_t bytes = 0;
  uint64_t number = 0;  // In the order of their making.
  // Of the slabs of its time, one in so many was noted.
  double weight = 1;
  bool noted = false;
  SlabNotes notes;
};

// All of a session that live. Any thread; one mutex, taken once for each slab.
class SlabTable {
 public:
  // What stands at its address is replaced.
  void Insert(Slab slab);
  void Erase(const void* data);
  // As SlabNotes::Give, if that slab lives.
  void Give(const void* data, uint32_t sequence, uint64_t offset,
            uint64_t length, Site* site);
  std::vector<Slab> Slabs() const;
  // What the notes take.
  size_t note_bytes() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<const void*, Slab> slabs_;
  size_t note_bytes_ = 0;
};

// A live view of a slab.
struct SlabView {
  const void* data;
  uint64_t offset, length;
};

// Slab i of those given belongs to `site`. It is an estimate for a slab that
// was not noted.
struct SlabCharge {
  size_t slab;
  Site* site;
  bool estimated;
};

// Whom the slabs belong to that `views` keep alive: whole slabs, so many to
// each site as its part of the live bytes of all (within one slab). A slab that
// is not noted goes by what the noted ones of its thread have shown. Slabs
// without live views, and those whose views are of no known site, are left out.
//
//   noted      │A B A B│ A and B live: half and half, the one that is owed more
//              │A B A B│ only A lives: A's
//   not noted  │░░░░░░░│ by 3 : 1, as above
std::vector<SlabCharge> ChargeSlabs(const std::vector<Slab>& slabs,
                                    std::vector<SlabView> views);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_SLAB_NOTES_H_
