// Two mixing functions for hash tables over small integers and addresses.
#ifndef ABTRACE_NATIVE_CORE_HASH_H_
#define ABTRACE_NATIVE_CORE_HASH_H_

#include <cstddef>
#include <cstdint>

namespace abtrace {

// The finalizer of MurmurHash3 (Appleby): every input bit reaches every output
// bit.
inline uint64_t Mix(uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  value ^= value >> 33;
  return value;
}

// Folds `value` into a running hash; the order of the values counts.
inline uint64_t Combine(uint64_t hash, uint64_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15ULL + (hash >> 29);
}

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_CORE_HASH_H_
