#include "kernels/signature_set.hpp"

#include <bit>

namespace tenas::engine {
namespace {

// Finaliser of SplitMix64 (Steele, Lea, Flood 2014).
uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

std::array<uint64_t, 2> neuron_key(uint64_t neuron) {
  return {mix(2 * neuron), mix(2 * neuron + 1)};
}

SignatureSet::SignatureSet(size_t most) : table_(std::bit_ceil(2 * most + 2)) {}

void SignatureSet::insert(const std::array<uint64_t, 2>& signature) {
  if (signature[0] == 0 && signature[1] == 0) {
    size_ += has_zero_ ? 0 : 1;
    has_zero_ = true;
    return;
  }
  const size_t mask = table_.size() - 1;
  for (size_t i = mix(signature[0] ^ (signature[1] << 1)) & mask;; i = (i + 1) & mask) {
    if (table_[i] == signature) return;
    if (table_[i][0] == 0 && table_[i][1] == 0) {
      table_[i] = signature;
      ++size_;
      return;
    }
  }
}

}  // namespace tenas::engine
