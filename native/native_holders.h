// Whom native code holds memory for, as far as sizes and numbers tell.
#ifndef ABTRACE_NATIVE_NATIVE_HOLDERS_H_
#define ABTRACE_NATIVE_NATIVE_HOLDERS_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "heap_walk.h"

namespace abtrace {

struct ThreadWalk {
  uint32_t thread;
  HeapWalk walk;
};

// Node tells the sizes of stores, which are compared, and the number of
// messages: memory that nothing else accounts for is theirs, if there are as
// many. One thread.
class NativeHolders {
 public:
  struct Sum {
    uint32_t site, step;
    size_t walk;
    uint64_t bytes = 0, count = 0;
  };

  // Keeps `most` sums and leaves out what comes later.
  NativeHolders(const std::vector<ThreadWalk>& walks, size_t most);

  // False if there is no store of this size, or no more.
  bool TakeStore(uint32_t site, uint64_t bytes);

  // Sites and sizes of blocks, of which all or none are given.
  void GiveToMessages(const std::vector<std::pair<uint32_t, uint64_t>>& blocks);

  const std::vector<Sum>& sums() const { return sums_; }

 private:
  struct Store {
    uint32_t step;
    size_t walk;
  };
  struct Messages {
    uint32_t step;
    size_t walk;
    uint64_t count;
  };

  void Add(uint32_t site, uint32_t step, size_t walk, uint64_t bytes);

  const size_t most_;
  std::unordered_map<uint64_t, std::vector<Store>> stores_;
  std::vector<Messages> messages_;
  std::vector<Sum> sums_;
};

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_NATIVE_HOLDERS_H_
