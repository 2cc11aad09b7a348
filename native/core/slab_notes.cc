// Notes and what follows from them; see the header.
#include "slab_notes.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace abtrace {
namespace {

constexpr uint64_t kUnit =
    8;  // Pieces are aligned to it (Node, lib/buffer.js).

// So much of a slab is of one site; of none that is known: null.
struct Part {
  Site* site;
  double bytes;
};

void AddTo(std::vector<Part>* parts, Site* site, double bytes) {
  const auto found =
      std::find_if(parts->begin(), parts->end(),
                   [site](const Part& part) { return part.site == site; });
  if (found == parts->end()) {
    parts->push_back({site, bytes});
  } else {
    found->bytes += bytes;
  }
}

// Pieces are shorter than half of a slab; Node itself has a view of the whole.
bool IsOfPiece(const SlabView& view, const Slab& slab) {
  return view.length * 2 <= slab.bytes;
}

// The parts of a slab that its live views show, each byte once. `views` are
// those of the slab, by offset.
std::vector<Part> LiveParts(const Slab& slab, const SlabView* view,
                            const SlabView* end) {
  std::vector<Part> parts;
  const std::vector<SlabNotes::Run> runs = slab.notes.Runs();
  size_t run = 0;
  uint64_t done = 0;
  for (; view != end; ++view) {
    if (!IsOfPiece(*view, slab)) continue;
    uint64_t at = std::max(view->offset, done);
    const uint64_t view_end =
        view->offset + std::max<uint64_t>(view->length, 1);
    while (at < view_end) {
      while (run < runs.size() && runs[run].end <= at) ++run;
      if (run == runs.size()) {
        AddTo(&parts, nullptr, static_cast<double>(view_end - at));
        at = view_end;
      } else if (at < runs[run].begin) {
        const uint64_t to = std::min(view_end, runs[run].begin);
        AddTo(&parts, nullptr, static_cast<double>(to - at));
        at = to;
      } else {
        const uint64_t to = std::min(view_end, runs[run].end);
        AddTo(&parts, runs[run].site, static_cast<double>(to - at));
        at = to;
      }
    }
    done = std::max(done, view_end);
  }
  return parts;
}

// What each site has a right to, less what it was given.
class Claims {
 public:
  // The site among `parts` that is owed most, once each has got its share.
  Site* Give(const std::vector<Part>& parts, uint64_t slab_bytes) {
    const double total = std::accumulate(
        parts.begin(), parts.end(), 0.0,
        [](double sum, const Part& part) { return sum + part.bytes; });
    const auto bytes = static_cast<double>(slab_bytes);
    Site* most = nullptr;
    double most_owed = 0;
    bool first = true;
    for (const Part& part : parts) {
      double& owed = owed_[part.site];
      owed += bytes * part.bytes / total;
      if (first || owed > most_owed) {
        most = part.site;
        most_owed = owed;
      }
      first = false;
    }
    owed_[most] -= bytes;
    return most;
  }

 private:
  std::unordered_map<Site*, double> owed_;
};

// Of one thread.
struct ThreadCharges {
  Claims noted_claims;
  Claims other_claims;
  std::vector<Part> shares;
};

}  // namespace

bool SlabNotes::Append(uint64_t offset, uint32_t site) {
  runs_.push_back(static_cast<uint32_t>(offset / kUnit) << kSiteBits | site);
  latest_ = site;
  return true;
}

bool SlabNotes::Cut(uint64_t offset, uint64_t length, Site* site) {
  if (offset < end_) return true;
  if (offset + length > kMostBytes) return false;
  const uint64_t aligned_end = (end_ + kUnit - 1) / kUnit * kUnit;
  if (offset > aligned_end && latest_ != 0) Append(aligned_end, 0);
  end_ = offset + length;
  ++pieces_;
  if (latest_ != 0 && sites_[latest_ - 1] == site) return true;
  const uint32_t number = NumberOf(site);
  return number != 0 && Append(offset, number);
}

uint32_t SlabNotes::NumberOf(Site* site) {
  const auto found = std::find(sites_.begin(), sites_.end(), site);
  if (found != sites_.end())
    return static_cast<uint32_t>(found - sites_.begin()) + 1;
  if (sites_.size() + 1 >= kMostSites) return 0;
  sites_.push_back(site);
  return static_cast<uint32_t>(sites_.size());
}

void SlabNotes::Give(uint64_t offset, uint64_t length, Site* site) {
  const auto begin = static_cast<uint32_t>(offset / kUnit);
  const auto end = static_cast<uint32_t>((offset + length + kUnit - 1) / kUnit);
  const uint32_t number = NumberOf(site);
  // The run that the piece lies in: the last that begins at or before it.
  const auto after = std::upper_bound(
      runs_.begin(), runs_.end(), begin,
      [](uint32_t at, uint32_t run) { return at < run >> kSiteBits; });
  if (after == runs_.begin() || number == 0) return;
  const uint32_t old = *(after - 1) & ((1u << kSiteBits) - 1);
  if (old == number) return;
  const bool is_last = after == runs_.end();
  const bool ends_run =
      is_last ? offset + length >= end_ : *after >> kSiteBits <= end;
  std::vector<uint32_t> between{begin << kSiteBits | number};
  if (!ends_run) between.push_back(end << kSiteBits | old);
  // What is cut next goes by the site of the last run.
  if (is_last && ends_run) latest_ = number;
  const auto run = after - 1;
  if (*run >> kSiteBits == begin) {
    *run = between.front();
    between.erase(between.begin());
  }
  runs_.insert(after, between.begin(), between.end());
}

std::vector<SlabNotes::Run> SlabNotes::Runs() const {
  std::vector<Run> runs;
  runs.reserve(runs_.size());
  for (const uint32_t run : runs_) {
    const uint64_t begin = uint64_t{run >> kSiteBits} * kUnit;
    const uint32_t site = run & ((1u << kSiteBits) - 1);
    if (!runs.empty()) runs.back().end = begin;
    runs.push_back({begin, end_, site == 0 ? nullptr : sites_[site - 1]});
  }
  return runs;
}

Site* SlabNotes::SiteAt(uint64_t offset) const {
  for (const Run& run : Runs()) {
    if (run.begin <= offset && offset < run.end) return run.site;
  }
  return nullptr;
}

void SlabTable::Insert(Slab slab) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slab& entry = slabs_[slab.data];
  note_bytes_ += slab.notes.bytes() - entry.notes.bytes();
  entry = std::move(slab);
}

void SlabTable::Erase(const void* data) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = slabs_.find(data);
  if (found == slabs_.end()) return;
  note_bytes_ -= found->second.notes.bytes();
  slabs_.erase(found);
}

void SlabTable::Give(const void* data, uint32_t sequence, uint64_t offset,
                     uint64_t length, Site* site) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = slabs_.find(data);
  if (found == slabs_.end() || found->second.sequence != sequence) return;
  SlabNotes& notes = found->second.notes;
  note_bytes_ -= notes.bytes();
  notes.Give(offset, length, site);
  note_bytes_ += notes.bytes();
}

std::vector<Slab> SlabTable::Slabs() const {
  std::vector<Slab> slabs;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    slabs.reserve(slabs_.size());
    for (const auto& [data, slab] : slabs_) slabs.push_back(slab);
  }
  std::sort(slabs.begin(), slabs.end(), [](const Slab& a, const Slab& b) {
    return a.thread != b.thread ? a.thread < b.thread : a.number < b.number;
  });
  return slabs;
}

size_t SlabTable::note_bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return note_bytes_;
}

std::vector<SlabCharge> ChargeSlabs(const std::vector<Slab>& slabs,
                                    std::vector<SlabView> views) {
  std::sort(views.begin(), views.end(),
            [](const SlabView& a, const SlabView& b) {
              return a.data != b.data ? a.data < b.data : a.offset < b.offset;
            });
  const auto views_of = [&views](const Slab& slab) {
    const auto before = [](const SlabView& view, const void* data) {
      return view.data < data;
    };
    const auto first =
        std::lower_bound(views.begin(), views.end(), slab.data, before);
    auto last = first;
    while (last != views.end() && last->data == slab.data) ++last;
    return std::pair(views.data() + (first - views.begin()),
                     views.data() + (last - views.begin()));
  };
  std::vector<SlabCharge> charges;
  std::unordered_map<uint32_t, ThreadCharges> threads;
  for (size_t i = 0; i < slabs.size(); ++i) {
    const auto [first, last] = views_of(slabs[i]);
    if (!slabs[i].noted) continue;
    const std::vector<Part> parts = LiveParts(slabs[i], first, last);
    if (parts.empty()) continue;
    ThreadCharges& thread = threads[slabs[i].thread];
    double total = 0;
    for (const Part& part : parts) total += part.bytes;
    for (const Part& part : parts)
      AddTo(&thread.shares, part.site, slabs[i].weight * part.bytes / total);
    Site* site = thread.noted_claims.Give(parts, slabs[i].bytes);
    if (site != nullptr) charges.push_back({i, site, false});
  }
  for (size_t i = 0; i < slabs.size(); ++i) {
    const auto [first, last] = views_of(slabs[i]);
    const bool lives =
        std::any_of(first, last, [&slab = slabs[i]](const SlabView& view) {
          return IsOfPiece(view, slab);
        });
    if (slabs[i].noted || !lives) continue;
    ThreadCharges& thread = threads[slabs[i].thread];
    if (thread.shares.empty()) continue;
    Site* site = thread.other_claims.Give(thread.shares, slabs[i].bytes);
    if (site != nullptr) charges.push_back({i, site, true});
  }
  return charges;
}

}  // namespace abtrace
