#include "kernels/signature_set.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using tenas::engine::neuron_key;
using tenas::engine::SignatureSet;

TEST_CASE("SignatureSet counts what std::set counts") {
  std::mt19937_64 random(11);
  for (const size_t most : {0u, 1u, 2u, 3u, 7u, 8u, 100u, 3000u}) {
    // A small range gives many duplicates and the all-zero signature, a large one hardly any.
    for (const uint64_t range : {uint64_t{1}, uint64_t{3}, uint64_t{40}, ~uint64_t{0}}) {
      SignatureSet set(most);
      std::set<std::array<uint64_t, 2>> expected;
      for (size_t i = 0; i < most; ++i) {
        const std::array<uint64_t, 2> signature{random() % range, random() % range};
        set.insert(signature);
        expected.insert(signature);
        REQUIRE(set.size() == expected.size());
      }
      for (const auto& signature : expected) set.insert(signature);
      CHECK(set.size() == expected.size());
    }
  }
}

TEST_CASE("SignatureSet tells signatures apart that differ in one word only") {
  SignatureSet set(6);
  set.insert({0, 0});
  set.insert({0, 1});
  set.insert({1, 0});
  set.insert({1, 1});
  set.insert({0, 0});
  CHECK(set.size() == 4);
}

TEST_CASE("neuron keys are fixed and distinct") {
  // The first output of SplitMix64 from state 0, as published with the generator.
  CHECK(neuron_key(0)[0] == 0xe220a8397b1dcdafu);
  std::set<uint64_t> words;
  for (uint64_t neuron = 0; neuron < 10'000; ++neuron) {
    for (const uint64_t word : neuron_key(neuron)) words.insert(word);
  }
  CHECK(words.size() == 20'000);
  CHECK(words.count(0) == 0);
}
