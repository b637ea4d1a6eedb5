// Valid buffers, spoiled at random.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "base/error.hpp"
#include "support/encoded_sample.hpp"
#include "support/random.hpp"

using namespace tenas;
using namespace tenas::test;

TEST_CASE("spoiled buffers are refused with an Error or give a valid graph") {
  Random random(20'240'601);
  const Encoded valid = encoded_sample();
  int32_t refused = 0;
  for (int32_t round = 0; round < 20'000; ++round) {
    std::vector<int32_t> words = valid.words;
    for (int32_t change = random.integer(1, 3); change > 0; --change) {
      const size_t at = random.integer(0, static_cast<int32_t>(words.size()) - 1);
      const size_t other = random.integer(0, static_cast<int32_t>(words.size()) - 1);
      switch (random.integer(0, 6)) {
        case 0:
          words[at] += random.integer(-2, 2);
          break;
        case 1:
          words[at] = static_cast<int32_t>(static_cast<uint32_t>(random.bits()));
          break;
        case 2:
          words[at] = random.integer(-1, 12);
          break;
        case 3:
          words[at] ^= 1 << random.integer(0, 30);
          break;
        case 4:
          std::swap(words[at], words[other]);
          break;
        case 5:
          words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          words.insert(words.begin() + static_cast<std::ptrdiff_t>(at), words[other]);
          break;
      }
    }
    // Without a matching length almost everything would be refused before it is looked at.
    if (words.size() > 7 && random.chance(0.9)) words[7] = static_cast<int32_t>(words.size());
    try {
      const Graph graph = decode_graph(words);
      const std::vector<double> coefficients(graph.slots, 1.0);
      REQUIRE(executed_nodes(graph, coefficients)[graph.output]);
      for (size_t v = 0; v < graph.nodes.size(); ++v) {
        for (const int32_t u : graph.nodes[v].inputs) REQUIRE(u < static_cast<int32_t>(v));
      }
    } catch (const Error& error) {
      ++refused;
      REQUIRE_MESSAGE((error.code() == "GRAPH_INVALID" || error.code() == "GRAPH_TOO_LARGE"), error.code());
    }
  }
  CHECK(refused > 10'000);
  CHECK(refused < 20'000);
}
