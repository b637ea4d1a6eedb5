// A reader of the engine that is tried with damaged inputs. A program has one target; libFuzzer or main.cpp
// drives it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/random.hpp"

namespace tenas::fuzz {

/// An input as 32-bit words. Up to three bytes at the end of an input that fill no word are left out.
using Words = std::vector<int32_t>;

// Each target defines these three.

/// A valid input.
Words sample(test::Random& random);

/// Changes something that belongs to the target's format, such as a record with the counts that go with it.
void rearrange(Words& words, test::Random& random);

/// Reads an input. Returns "value", or the reason why it was left; throws Error where it is refused. Anything
/// else that leaves it, or that a sanitizer finds, is a failure.
std::string read(std::span<const int32_t> words);

/// Ends the program with a failure unless `holds`.
void require(bool holds, const char* what);

/// A changed copy of an input, or now and then a new sample as it is: a function of the arguments alone.
Words mutated(Words words, test::Random& random);

inline int32_t& any(Words& words, test::Random& random) {
  return words[random.integer(0, static_cast<int32_t>(std::ssize(words)) - 1)];
}

/// Adds to a word, which wraps.
inline void add(int32_t& word, int32_t summand) {
  word = static_cast<int32_t>(static_cast<uint32_t>(word) + static_cast<uint32_t>(summand));
}

}  // namespace tenas::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
