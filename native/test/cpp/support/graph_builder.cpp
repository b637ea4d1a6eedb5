#include "support/graph_builder.hpp"

#include <bit>

namespace tenas::test {
namespace {

constexpr size_t kHeaderWords = 8;

int32_t windows(int32_t size, int32_t kernel, int32_t stride, int32_t padding, int32_t dilation) {
  return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

int32_t low(uint64_t bits) {
  return static_cast<int32_t>(static_cast<uint32_t>(bits));
}
int32_t high(uint64_t bits) {
  return low(bits >> 32);
}

}  // namespace

int32_t GraphBuilder::add(Op op, Shape shape, std::vector<int32_t> payload) {
  std::vector<int32_t> record{static_cast<int32_t>(op), static_cast<int32_t>(payload.size()) + 5, shape.c,
                              shape.h, shape.w};
  record.insert(record.end(), payload.begin(), payload.end());
  nodes_.push_back(std::move(record));
  shapes_.push_back(shape);
  return static_cast<int32_t>(nodes_.size()) - 1;
}

int32_t GraphBuilder::param(ParamKind kind, std::vector<int32_t> dims) {
  const bool weight =
      kind == ParamKind::kConvWeight || kind == ParamKind::kLinearWeight || kind == ParamKind::kBnWeight;
  const int32_t rank = std::ssize(dims);
  dims.resize(4, 1);
  // Any distinct keys do; an odd factor spreads them over both words.
  const uint64_t key = (params_.size() + 1) * 0x9e3779b97f4a7c15u;
  params_.push_back({static_cast<int32_t>(kind), weight ? 1 : 0, rank, dims[0], dims[1], dims[2], dims[3],
                     low(key), high(key)});
  return static_cast<int32_t>(params_.size()) - 1;
}

int32_t GraphBuilder::input(Shape shape) {
  return add(Op::kInput, shape, {});
}

int32_t GraphBuilder::conv(int32_t in, const ConvOptions& o) {
  const Shape s = shape(in);
  const auto [kh, kw] = o.kernel;
  const auto [sh, sw] = o.stride;
  const auto [ph, pw] = o.padding;
  const auto [dh, dw] = o.dilation;
  const int32_t weight = param(ParamKind::kConvWeight, {o.out, s.c / o.groups, kh, kw});
  const int32_t bias = o.bias ? param(ParamKind::kConvBias, {o.out}) : -1;
  return add(Op::kConv2d, {o.out, windows(s.h, kh, sh, ph, dh), windows(s.w, kw, sw, pw, dw)},
             {in, weight, bias, kh, kw, sh, sw, ph, pw, dh, dw, o.groups});
}

int32_t GraphBuilder::batch_norm(int32_t in, const NormOptions& options) {
  const int32_t channels = shape(in).c;
  const int32_t weight = options.scale ? param(ParamKind::kBnWeight, {channels}) : -1;
  const int32_t bias = options.shift ? param(ParamKind::kBnBias, {channels}) : -1;
  const int32_t mean = param(ParamKind::kBnRunningMean, {channels});
  const int32_t variance = param(ParamKind::kBnRunningVar, {channels});
  const auto bits = std::bit_cast<uint64_t>(options.eps);
  return add(Op::kBatchNorm, shape(in), {in, weight, bias, mean, variance, low(bits), high(bits)});
}

int32_t GraphBuilder::relu(int32_t in) {
  return add(Op::kRelu, shape(in), {in});
}

int32_t GraphBuilder::pool(Op op, int32_t in, const PoolOptions& o) {
  const Shape s = shape(in);
  std::vector<int32_t> payload{in,
                               o.kernel.first,
                               o.kernel.second,
                               o.stride.first,
                               o.stride.second,
                               o.padding.first,
                               o.padding.second};
  if (op == Op::kAvgPool2d) payload.push_back(o.count_include_pad ? 1 : 0);
  return add(op,
             {s.c, windows(s.h, o.kernel.first, o.stride.first, o.padding.first, 1),
              windows(s.w, o.kernel.second, o.stride.second, o.padding.second, 1)},
             std::move(payload));
}

int32_t GraphBuilder::avg_pool(int32_t in, const PoolOptions& o) {
  return pool(Op::kAvgPool2d, in, o);
}
int32_t GraphBuilder::max_pool(int32_t in, const PoolOptions& o) {
  return pool(Op::kMaxPool2d, in, o);
}

int32_t GraphBuilder::pad(int32_t in, int32_t top, int32_t bottom, int32_t left, int32_t right) {
  const Shape s = shape(in);
  return add(Op::kPad2d, {s.c, s.h + top + bottom, s.w + left + right}, {in, top, bottom, left, right});
}

int32_t GraphBuilder::mix(const std::vector<MixTerm>& terms, Shape empty_shape) {
  std::vector<int32_t> payload{static_cast<int32_t>(terms.size())};
  for (const MixTerm& term : terms) payload.insert(payload.end(), {term.input, term.slot});
  return add(Op::kMix, terms.empty() ? empty_shape : shape(terms[0].input), std::move(payload));
}

int32_t GraphBuilder::concat(const std::vector<int32_t>& inputs) {
  std::vector<int32_t> payload{static_cast<int32_t>(inputs.size())};
  Shape out = shape(inputs.at(0));
  out.c = 0;
  for (const int32_t in : inputs) {
    out.c += shape(in).c;
    payload.push_back(in);
  }
  return add(Op::kConcat, out, std::move(payload));
}

int32_t GraphBuilder::global_avg_pool(int32_t in) {
  return add(Op::kGlobalAvgPool, {shape(in).c, 1, 1}, {in});
}

int32_t GraphBuilder::linear(int32_t in, int32_t out, bool bias) {
  const int32_t weight = param(ParamKind::kLinearWeight, {out, shape(in).c});
  const int32_t offset = bias ? param(ParamKind::kLinearBias, {out}) : -1;
  return add(Op::kLinear, {out, 1, 1}, {in, weight, offset});
}

int32_t GraphBuilder::activation(int32_t in, Activation function) {
  return add(Op::kActivation, shape(in), {in, static_cast<int32_t>(function)});
}

int32_t GraphBuilder::scale(int32_t in, int32_t factor) {
  return add(Op::kScale, shape(in), {in, factor});
}

int32_t GraphBuilder::select(int32_t in, const std::vector<int32_t>& channels) {
  std::vector<int32_t> payload{in, static_cast<int32_t>(channels.size())};
  payload.insert(payload.end(), channels.begin(), channels.end());
  const Shape s = shape(in);
  return add(Op::kSelectChannels, {static_cast<int32_t>(channels.size()), s.h, s.w}, std::move(payload));
}

Encoded GraphBuilder::encode(int32_t output) const {
  Encoded encoded;
  auto& words = encoded.words;
  words.resize(kHeaderWords);
  for (const auto& node : nodes_) {
    encoded.node_at.push_back(words.size());
    words.insert(words.end(), node.begin(), node.end());
  }
  for (const auto& param : params_) {
    encoded.param_at.push_back(words.size());
    words.insert(words.end(), param.begin(), param.end());
  }
  const std::vector<int32_t> header{
      0x544e4153, 1,      static_cast<int32_t>(nodes_.size()), static_cast<int32_t>(params_.size()), slots_,
      0,          output, static_cast<int32_t>(words.size())};
  std::copy(header.begin(), header.end(), words.begin());
  return encoded;
}

Graph GraphBuilder::build(int32_t output) const {
  return decode_graph(encode(output).words);
}

}  // namespace tenas::test
