// A set of 128-bit signatures with open addressing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenas::engine {

/// The random key of a neuron: fixed for all time, so counts never depend on a seed.
std::array<uint64_t, 2> neuron_key(uint64_t neuron);

class SignatureSet {
 public:
  explicit SignatureSet(size_t most);
  void insert(const std::array<uint64_t, 2>& signature);
  size_t size() const { return size_; }

 private:
  std::vector<std::array<uint64_t, 2>> table_;
  bool has_zero_ = false;  // the all-zero signature marks empty entries and is counted apart
  size_t size_ = 0;
};

}  // namespace tenas::engine
