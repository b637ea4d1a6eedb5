// Every refusal of decode_graph.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "support/encoded_sample.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kHuge = std::numeric_limits<int32_t>::max();

/// Fails unless the buffer is refused with a code and a message that contains `part`.
void check_refused(const std::vector<int32_t>& words, const std::string& code, const std::string& part) {
  CAPTURE(part);
  try {
    decode_graph(words);
    FAIL_CHECK("accepted");
  } catch (const Error& error) {
    const std::string what = error.what();
    CHECK(error.code() == code);
    CHECK_MESSAGE(what.find(part) != std::string::npos, what);
  }
}

struct Case {
  size_t record, word;
  int32_t value;
  const char* message;
};

void check_header(const std::string& code, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Encoded e = encoded_sample();
    e.words[c.word] = c.value;
    check_refused(e.words, code, c.message);
  }
}
void check_nodes(const std::string& code, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Encoded e = encoded_sample();
    e.words[e.node_at[c.record] + c.word] = c.value;
    check_refused(e.words, code, c.message);
  }
}
void check_params(const std::string& code, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Encoded e = encoded_sample();
    e.words[e.param_at[c.record] + c.word] = c.value;
    check_refused(e.words, code, c.message);
  }
}

/// Adds words to the end of a node's record, or takes them away, with lengths kept consistent.
void resize_record(Encoded& e, size_t node, int32_t by) {
  const auto begin = e.words.begin() + static_cast<std::ptrdiff_t>(e.node_at[node]);
  const auto end = begin + begin[1];
  begin[1] += by;
  if (by > 0) {
    e.words.insert(end, by, 0);
  } else {
    e.words.erase(end + by, end);
  }
  e.words[7] = static_cast<int32_t>(e.words.size());
}

}  // namespace

TEST_CASE("decode_graph accepts the sample graph") {
  const Graph graph = decode_graph(encoded_sample().words);
  CHECK(graph.nodes.size() == 11);
  CHECK(graph.params.size() == 8);
  CHECK(graph.slots == 1);
  CHECK(graph.output == 10);
  CHECK(graph.nodes[kConv].groups == 2);
  CHECK(graph.nodes[kConv].bias == 1);
  CHECK(graph.nodes[kNorm].eps == 1e-5);
  CHECK(graph.nodes[kMixNode].slots == std::vector<int32_t>{0, -1});
  CHECK(graph.nodes[kConcatNode].shape == Shape{12, 5, 5});
  CHECK(graph.params[kConvW].dims == std::vector<int32_t>{6, 2, 3, 3});
  CHECK(graph.params[kConvB].offset == 108);
  CHECK(graph.param_values == 108 + 6 + 4 * 6 + 36 + 3);
}

TEST_CASE("decode_graph refuses bad headers") {
  check_refused({}, "GRAPH_INVALID", "no complete header");
  check_refused(std::vector<int32_t>(7), "GRAPH_INVALID", "no complete header");
  const int32_t parameters = std::ssize(encoded_sample().words);
  check_header("GRAPH_INVALID", {{0, 0, 1, "magic number"},
                                 {0, 1, 2, "version 2"},
                                 {0, 2, 0, "number of nodes is 0"},
                                 {0, 2, -1, "number of nodes is -1"},
                                 {0, 2, 12, "node 11: the record"},
                                 {0, 3, -1, "parameters do not fit"},
                                 {0, 3, parameters, "parameters do not fit"},
                                 {0, 4, -1, "number of slots is -1"},
                                 {0, 5, -1, "the input is node -1"},
                                 {0, 5, 11, "the input is node 11"},
                                 {0, 5, 1, "must be an input node"},
                                 {0, 6, -1, "the output is node -1"},
                                 {0, 6, 11, "the output is node 11"},
                                 {0, 7, 3, "its header says 3"}});
  check_header("GRAPH_TOO_LARGE", {{0, 2, 100'001, "number of nodes is 100001"},
                                   {0, 4, 1'000'001, "number of slots is 1000001"}});
}

TEST_CASE("decode_graph refuses bad node records") {
  check_nodes("GRAPH_INVALID", {{kReluNode, 0, -1, "unknown opcode -1"},
                                {kReluNode, 0, 14, "unknown opcode 14"},
                                {kReluNode, 0, 0, "record has 6 words, 5 are needed"},
                                {kReluNode, 1, 4, "record of 4 words"},
                                {kReluNode, 1, -3, "record of -3 words"},
                                {kReluNode, 1, kHuge, "node 3: the record"},
                                {kReluNode, 2, 0, "channels is 0"},
                                {kReluNode, 3, -1, "height is -1"},
                                {kReluNode, 4, 0, "width is 0"},
                                {kReluNode, 2, 5, "has shape [5,5,5], but its inputs give [6,5,5]"},
                                {kReluNode, 5, 3, "reads node 3, but may only read nodes 0 to 2"},
                                {kReluNode, 5, -1, "reads node -1"},
                                {kGlobal, 2, 11, "has shape [11,1,1]"},
                                {kGlobal, 3, 2, "has shape [12,2,1]"}});
  check_nodes("GRAPH_TOO_LARGE", {{kReluNode, 2, 65'537, "channels is 65537"},
                                  {kReluNode, 3, kHuge, "height is"},
                                  {kReluNode, 4, 65'537, "width is 65537"}});
  Encoded plane = encoded_sample();
  plane.words[plane.node_at[0] + 3] = plane.words[plane.node_at[0] + 4] = 65'536;
  check_refused(plane.words, "GRAPH_TOO_LARGE", "node 0 (input) holds more than");
  plane.words[plane.node_at[0] + 3] = plane.words[plane.node_at[0] + 4] = 8'300;
  check_refused(plane.words, "GRAPH_TOO_LARGE", "node 0 (input) holds more than");

  Encoded longer = encoded_sample();
  resize_record(longer, kReluNode, 1);
  check_refused(longer.words, "GRAPH_INVALID", "the record has 7 words, 6 are needed");
  for (const size_t node : {kConv, kNorm, kReluNode, kAverage, kMaximum, kPad, kGlobal, kLinearNode}) {
    for (int32_t cut = 1; cut < encoded_sample().words[encoded_sample().node_at[node] + 1] - 4; ++cut) {
      Encoded shorter = encoded_sample();
      resize_record(shorter, node, -cut);
      check_refused(shorter.words, "GRAPH_INVALID", "the record ends before");
    }
  }
}

TEST_CASE("decode_graph refuses graphs whose input nodes are not the input") {
  GraphBuilder b;
  b.input({1, 1, 1});
  b.input({1, 1, 1});
  check_refused(b.encode(1).words, "GRAPH_INVALID", "node 1: the graph's input, and no other node");
}

TEST_CASE("decode_graph refuses bad convolutions") {
  check_nodes("GRAPH_INVALID", {{kConv, 6, -1, "weight is parameter -1, which does not exist"},
                                {kConv, 6, 8, "weight is parameter 8"},
                                {kConv, 6, kConvB, "has kind convBias, not convWeight"},
                                {kConv, 7, kShift, "bias (parameter 3) has kind bnBias, not convBias"},
                                {kConv, 7, -2, "bias is parameter -2"},
                                {kConv, 8, 0, "kernel height is 0"},
                                {kConv, 8, 2, "has shape [6,2,3,3], not [6,2,2,3]"},
                                {kConv, 9, -1, "kernel width is -1"},
                                {kConv, 10, 0, "stride height is 0"},
                                {kConv, 11, 0, "stride width is 0"},
                                {kConv, 12, -1, "padding height is -1"},
                                {kConv, 13, -1, "padding width is -1"},
                                {kConv, 14, 0, "dilation height is 0"},
                                {kConv, 15, 0, "dilation width is 0"},
                                {kConv, 14, 9, "larger than the padded height of 7"},
                                {kConv, 15, 9, "larger than the padded width of 7"},
                                {kConv, 11, 2, "but its inputs give [6,5,3]"},
                                {kConv, 16, 0, "groups is 0"},
                                {kConv, 16, 3, "3 groups do not divide 4 and 6 channels"},
                                {kConv, 16, 4, "4 groups do not divide"},
                                {kConv, 16, 1, "has shape [6,2,3,3], not [6,4,3,3]"}});
  check_nodes("GRAPH_TOO_LARGE", {{kConv, 8, 256, "kernel height is 256"},
                                  {kConv, 9, 256, "kernel width is 256"},
                                  {kConv, 10, 256, "stride height is 256"},
                                  {kConv, 11, 256, "stride width is 256"},
                                  {kConv, 12, 256, "padding height is 256"},
                                  {kConv, 13, 256, "padding width is 256"},
                                  {kConv, 14, 256, "dilation height is 256"},
                                  {kConv, 15, 256, "dilation width is 256"},
                                  {kConv, 16, 65'537, "groups is 65537"}});
}

TEST_CASE("decode_graph refuses bad batch norms") {
  check_nodes("GRAPH_INVALID", {{kNorm, 6, kShift, "has kind bnBias, not bnWeight"},
                                {kNorm, 7, kScale, "has kind bnWeight, not bnBias"},
                                {kNorm, 8, -1, "running mean is parameter -1"},
                                {kNorm, 8, kVariance, "has kind bnRunningVar, not bnRunningMean"},
                                {kNorm, 9, -1, "running variance is parameter -1"},
                                {kNorm, 3, 4, "but its inputs give [6,5,5]"}});
  for (const double eps : {0.0, -1e-5, HUGE_VAL, -HUGE_VAL, std::numeric_limits<double>::quiet_NaN()}) {
    Encoded e = encoded_sample();
    const auto bits = std::bit_cast<uint64_t>(eps);
    e.words[e.node_at[kNorm] + 10] = static_cast<int32_t>(static_cast<uint32_t>(bits));
    e.words[e.node_at[kNorm] + 11] = static_cast<int32_t>(static_cast<uint32_t>(bits >> 32));
    check_refused(e.words, "GRAPH_INVALID", "eps is not a positive finite number");
  }
}

TEST_CASE("decode_graph refuses a parameter that two nodes use") {
  GraphBuilder b;
  const int32_t first = b.conv(b.input({2, 3, 3}), {.out = 2});
  Encoded e = b.encode(b.conv(first, {.out = 2}));
  e.words[e.node_at[2] + 6] = 0;
  check_refused(e.words, "GRAPH_INVALID", "weight (parameter 0) is already used by a node");
}

TEST_CASE("decode_graph refuses bad pools, pads, mixes, concats and linear layers") {
  check_nodes("GRAPH_INVALID",
              {{kAverage, 10, 2, "the padding exceeds half the kernel"},
               {kMaximum, 11, 2, "the padding exceeds half the kernel"},
               {kAverage, 12, 2, "countIncludePad is 2"},
               {kMaximum, 6, 9, "larger than the padded height of 7"},
               {kMaximum, 8, 2, "but its inputs give [6,3,5]"},
               {kMaximum, 6, 0, "kernel height is 0"},
               {kPad, 6, 0, "but its inputs give [6,4,5]"},
               {kPad, 9, -5, "but its inputs give [6,5,0]"},
               {kMixNode, 5, -1, "-1 inputs do not fit"},
               {kMixNode, 5, 3, "3 inputs do not fit"},
               {kMixNode, 5, kHuge, "inputs do not fit"},
               {kMixNode, 5, 1, "the record has 10 words, 8 are needed"},
               {kMixNode, 6, 7, "reads node 7"},
               {kMixNode, 6, 0, "but its inputs give [4,5,5]"},
               {kMixNode, 7, 1, "slot 1 does not exist"},
               {kMixNode, 7, -2, "slot -2 does not exist"},
               {kConcatNode, 5, 0, "0 inputs do not fit"},
               {kConcatNode, 5, 3, "3 inputs do not fit"},
               {kConcatNode, 5, kHuge, "inputs do not fit"},
               {kConcatNode, 6, 8, "reads node 8"},
               {kConcatNode, 2, 11, "but its inputs give [12,5,5]"},
               {kConcatNode, 3, 4, "but reads a node of shape [6,5,5]"},
               {kLinearNode, 5, 8, "needs an input of shape [F,1,1], not [12,5,5]"},
               {kLinearNode, 6, kConvW, "(parameter 0) has kind convWeight, not linearWeight"},
               {kLinearNode, 2, 4, "has shape [3,12], not [4,12]"},
               {kLinearNode, 3, 2, "but its inputs give [3,1,1]"}});
  check_nodes("GRAPH_TOO_LARGE", {{kPad, 6, 65'537, "top is 65537"},
                                  {kPad, 7, -65'537, "bottom is -65537"},
                                  {kPad, 8, kHuge, "left is"},
                                  {kPad, 9, std::numeric_limits<int32_t>::min(), "right is"}});
  GraphBuilder b;
  const int32_t in = b.input({40'000, 1, 1});
  check_refused(b.encode(b.concat({in, in})).words, "GRAPH_TOO_LARGE", "channels is 80000");
  Encoded wide = b.encode(1);
  wide.words[wide.node_at[1] + 2] = 40'000;
  check_refused(wide.words, "GRAPH_TOO_LARGE", "channels exceed the limit of 65536");
}

TEST_CASE("decode_graph refuses bad activations, scales and selections of channels") {
  GraphBuilder b;
  const int32_t in = b.input({4, 3, 2});
  const int32_t activation = b.activation(in, Activation::kSwish);
  const int32_t scale = b.scale(activation, b.global_avg_pool(in));
  const int32_t select = b.select(scale, {3, 0, 1});
  const Encoded valid = b.encode(select);
  const Graph graph = decode_graph(valid.words);
  CHECK(graph.nodes[activation].function == Activation::kSwish);
  CHECK(graph.nodes[scale].inputs == std::vector<int32_t>{1, 2});
  CHECK(graph.nodes[select].channels == std::vector<int32_t>{3, 0, 1});
  const std::vector<Case> cases{
      {1, 6, 5, "has unknown function 5"},
      {1, 6, -1, "has unknown function -1"},
      {1, 3, 4, "but its inputs give [4,3,2]"},
      {3, 6, 1, "needs a factor of shape [4,1,1], not [4,3,2]"},
      {3, 6, 3, "reads node 3"},
      {3, 2, 3, "but its inputs give [4,3,2]"},
      {4, 6, 0, "0 channels do not fit"},
      {4, 6, 4, "4 channels do not fit"},
      {4, 6, kHuge, "channels do not fit"},
      {4, 6, 2, "has shape [3,3,2], but its inputs give [2,3,2]"},
      {4, 7, 4, "takes channel 4, its input has channels 0 to 3"},
      {4, 8, -1, "takes channel -1"},
      {4, 9, 3, "takes channel 3 twice"},
  };
  for (const Case& c : cases) {
    Encoded e = valid;
    e.words[e.node_at[c.record] + c.word] = c.value;
    check_refused(e.words, "GRAPH_INVALID", c.message);
  }
  for (const size_t node : {activation, scale, select}) {
    Encoded shorter = valid;
    resize_record(shorter, node, -1);
    CHECK_THROWS_AS(decode_graph(shorter.words), Error);
  }
}

TEST_CASE("decode_graph refuses bad parameters") {
  check_params("GRAPH_INVALID", {{kConvW, 0, -1, "unknown kind -1"},
                                 {kConvW, 0, 8, "unknown kind 8"},
                                 {kConvW, 1, 2, "the NTK flag is 2"},
                                 {kMean, 1, 1, "running statistic"},
                                 {kVariance, 1, 1, "running statistic"},
                                 {kConvW, 2, 2, "has 2 dimensions, not 4"},
                                 {kLinearW, 2, 4, "has 4 dimensions, not 2"},
                                 {kScale, 2, 0, "has 0 dimensions, not 1"},
                                 {kScale, 4, 2, "unused dimension 1 is 2"},
                                 {kConvW, 3, 0, "dimension 0 is 0"},
                                 {kLinearW, 4, -12, "dimension 1 is -12"},
                                 {kScale, 3, 5, "has shape [5], not [6]"}});
  check_params("GRAPH_TOO_LARGE",
               {{kScale, 3, kHuge, "dimension 0 is"}, {kConvW, 3, 1 << 27, "holds more than"}});
  Encoded e = encoded_sample();
  for (const size_t word : {7u, 8u}) e.words[e.param_at[kMean] + word] = e.words[e.param_at[kScale] + word];
  check_refused(e.words, "GRAPH_INVALID", "two parameters have the same key");
}

TEST_CASE("decode_graph limits the sums of sizes") {
  GraphBuilder activations;
  int32_t node = activations.input({1 << 14, 1 << 7, 1 << 7});
  for (int i = 0; i < 8; ++i) node = activations.relu(node);
  check_refused(activations.encode(node).words, "GRAPH_TOO_LARGE", "values per sample");
  GraphBuilder parameters;
  node = parameters.input({1 << 14, 1, 1});
  for (int i = 0; i < 9; ++i) node = parameters.linear(node, 1 << 14, false);
  check_refused(parameters.encode(node).words, "GRAPH_TOO_LARGE", "the parameters hold more than");
}
