#include "cuda/portion.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/signature_set.hpp"

namespace tenas::cuda {
namespace {

constexpr int64_t kSignatureWords = Signature::kWords + 1;  // and the number of active neurons

const Tape& forward_of(const CandidateTapes& tapes) {
  return tapes.forward;
}
const Tape& transpose_of(const CandidateTapes& tapes) {
  return tapes.transpose;
}
const Tape& backward_of(const CandidateTapes& tapes) {
  return tapes.backward.tape;
}
const Tape& sums_of(const CandidateTapes& tapes) {
  return tapes.backward.sums;
}
const Tape& gram_of(const CandidateTapes& tapes) {
  return tapes.gram;
}

}  // namespace

DeviceTables::DeviceTables(Device& device, const DeviceLayout& layout)
    : columns_(device, std::span<const int32_t>(layout.columns())),
      pack_sources_(device, std::span<const int32_t>(layout.pack_sources())),
      channels_(device, std::span<const int32_t>(layout.channels())) {
  std::vector<uint32_t> keys(layout.plan().neurons * Signature::kWords);
  for (int64_t neuron = 0; neuron < layout.plan().neurons; ++neuron) {
    const std::array<uint64_t, 2> key = engine::neuron_key(static_cast<uint64_t>(neuron));
    std::memcpy(keys.data() + neuron * Signature::kWords, key.data(), sizeof(key));
  }
  keys_ = DeviceBuffer<uint32_t>(device, std::span<const uint32_t>(keys));
  tables_ = {columns_.data(), pack_sources_.data(), channels_.data(), keys_.data(), nullptr};
}

PortionSizes::PortionSizes(const DeviceLayout& layout, const GradientBuffers& buffers,
                           const DeviceRequest& request, const std::vector<CandidateTapes>& tapes)
    : batches(request.batches) {
  const Graph& graph = layout.plan().graph;
  raw_inputs = graph.nodes[graph.input].shape.size() * request.batch;
  inputs = layout.input_area().size();
  plain = graph.param_values;
  packed = std::ssize(layout.pack_sources());
  activations = layout.activation_area().size();
  norms = layout.norm_channels() * 4;
  logits = graph.nodes[graph.output].shape.size() * layout.padded();
  if (request.wanted == Wanted::kRegions) signatures = kSignatureWords * layout.padded();
  if (request.wanted == Wanted::kGradient) {
    gradients = buffers.area().size();
    for (const CandidateTapes& tape : tapes) {
      gradient.include(layout, *request.gradient, tape.backward);
      sums = std::max(sums, tape.backward.sum_channels * 2 * kLanes);
    }
  }
  if (request.wanted != Wanted::kNtk) return;
  if (request.mode == NtkMode::kBatch) sample_major = layout.sample_major_area().size();
  gradients = buffers.area().size();
  gram = int64_t{request.batch} * request.batch;
  for (const CandidateTapes& tape : tapes) {
    GramStep step;
    step.rows = tape.schedule.jacobian_rows;
    jacobian = std::max(jacobian, step.rows * layout.padded());
    gram_parts = std::max(gram_parts, step.parts() * layout.padded() * layout.padded());
    sums = std::max(sums, tape.backward.sum_channels * 2 * kLanes);
  }
}

double PortionSizes::bytes(int32_t directions) const {
  const int64_t each = raw_inputs + inputs + activations + 2 * norms + logits + signatures;
  const int64_t once = plain + packed + sample_major + jacobian + 2 * (gram_parts + gram);
  return 4.0 * static_cast<double>(each * batches + once + directions * (gradients + 2 * sums)) +
         batches * gradient.bytes();
}

Portion::Portion(Device& device, const DeviceLayout& layout, const GradientBuffers& buffers,
                 const DeviceRequest& request, const DeviceTables& tables, const PortionSizes& sizes,
                 int64_t candidates, int64_t first_repeat, int64_t repeats, int32_t directions)
    : device_(device),
      layout_(layout),
      buffers_(buffers),
      request_(request),
      tables_(tables),
      sizes_(sizes),
      candidates_(candidates),
      first_repeat_(first_repeat),
      repeats_(repeats),
      batches_(request.batches),
      directions_(directions) {
  lay_out();
}

void Portion::lay_out() {
  const int64_t evaluations = candidates_ * repeats_;
  raw_inputs_ = {device_, repeats_ * batches_, sizes_.raw_inputs};
  inputs_ = {device_, repeats_ * batches_, sizes_.inputs, &layout_.input_area()};
  plain_ = {device_, repeats_, sizes_.plain};
  packed_ = {device_, repeats_, sizes_.packed};
  activations_ = {device_, evaluations * batches_, sizes_.activations, &layout_.activation_area()};
  logits_ = {device_, evaluations * batches_, sizes_.logits};
  norms_ = {device_, evaluations * batches_, sizes_.norms};
  if (wants(Wanted::kRegions)) signatures_ = {device_, evaluations * batches_, sizes_.signatures};
  if (wants(Wanted::kNtk)) {
    if (sizes_.sample_major > 0) {
      sample_major_ = {device_, evaluations, sizes_.sample_major, &layout_.sample_major_area()};
    }
    jacobian_ = {device_, evaluations, sizes_.jacobian};
    gram_parts_ = {device_, evaluations, sizes_.gram_parts};
    gram_ = {device_, evaluations, sizes_.gram};
    gradients_ = {device_, evaluations * directions_, sizes_.gradients, &buffers_.area()};
    sums_ = {device_, evaluations * directions_, sizes_.sums};
  }
  if (wants(Wanted::kGradient)) {
    gradients_ = {device_, evaluations * batches_, sizes_.gradients, &buffers_.area()};
    sums_ = {device_, evaluations * batches_, sizes_.sums};
    gradient_ = {device_, sizes_.gradient, evaluations * batches_, static_cast<int32_t>(batches_)};
  }
  for (int64_t index = 0; index < evaluations * batches_; ++index) {
    const int64_t evaluation = index / batches_, repeat = evaluation % repeats_;
    const int64_t batch = repeat * batches_ + index % batches_;
    Item item;
    item.area(Area::kInput) = inputs_.at(batch);
    item.area(Area::kActivations) = activations_.at(index);
    item.area(Area::kLogits) = logits_.at(index);
    item.inputs = raw_inputs_.at(batch);
    item.plain = plain_.at(repeat);
    item.packed = packed_.at(repeat);
    item.norms = norms_.at(index);
    item.signatures = signatures_.at(index);
    item.area(Area::kSampleMajor) = sample_major_.at(evaluation);
    item.jacobian = jacobian_.at(evaluation);
    item.gram_parts = gram_parts_.at(evaluation);
    item.gram = gram_.at(evaluation);
    if (wants(Wanted::kGradient)) {
      item.area(Area::kGradients) = gradients_.at(index);
      item.sums = sums_.at(index);
      gradient_.place(item, index);
    }
    items_.push_back(item);
  }
}

void Portion::prepare() {
  const Graph& graph = layout_.plan().graph;
  std::vector<Tape> weights(repeats_);
  std::vector<Item> items;
  for (int64_t r = 0; r < repeats_; ++r) {
    const DeviceRepeat& repeat = request_.repeats[first_repeat_ + r];
    for (int64_t b = 0; b < batches_; ++b) {
      device_.upload(raw_inputs_.at(r * batches_ + b), repeat.inputs.data() + b * sizes_.raw_inputs,
                     sizes_.raw_inputs * sizeof(float));
    }
    Tape& tape = weights[r];
    Item& item = items.emplace_back(items_[r * batches_]);
    if (const auto* given = std::get_if<std::span<const float>>(&repeat.weights)) {
      device_.upload(plain_.at(r), given->data(), given->size_bytes());
    } else {
      const auto& generated = std::get<GeneratedWeights>(repeat.weights);
      item.seed = generated.seed;
      item.repeat = generated.repeat;
      const std::vector<Distribution> by_param = distributions(graph, generated.init);
      for (size_t id = 0; id < graph.params.size(); ++id) {
        const Param& param = graph.params[id];
        tape.add<GenerateWeights>(0, {by_param[id], param.key, param.offset, param.size});
      }
    }
    tape.add<PackWeights>(1, {sizes_.packed});
  }
  std::vector<const Tape*> tapes;
  for (const Tape& tape : weights) tapes.push_back(&tape);
  queue(tapes, 1, items, [] {});

  const Shape& shape = graph.nodes[graph.input].shape;
  InputStep step;
  step.out = layout_.activation(graph.input);
  step.shape = {layout_.blocks(), shape.c, shape.h};
  step.cols = shape.w;
  step.batch = layout_.batch();
  Tape inputs;
  inputs.add<PackInputs>(0, step);
  const Tape* const only[] = {&inputs};
  queue(only, repeats_ * batches_, items_, [] {});
  finish();
}

void Portion::queue(std::span<const Tape* const> tapes, int64_t items_each, const std::vector<Item>& items,
                    const Check& check) {
  queued_.push_back(std::make_unique<Queued>(Queued{
      MergedTapes(device_, tapes, items_each), DeviceBuffer<Item>(device_, std::span<const Item>(items))}));
  queued_.back()->launches.run(queued_.back()->items.data(), tables_.tables(), check);
}

void Portion::queue(std::span<const CandidateTapes> tapes, const Tape& (*tape)(const CandidateTapes&),
                    int64_t items_each, const std::vector<Item>& items, const Check& check) {
  std::vector<const Tape*> chosen;
  for (const CandidateTapes& each : tapes) chosen.push_back(&tape(each));
  queue(chosen, items_each, items, check);
}

void Portion::finish() {
  device_.finish();
  queued_.clear();
}

void Portion::run(std::span<const CandidateTapes> tapes, const Check& check) {
  const int64_t evaluations = std::ssize(tapes) * repeats_;
  if (wants(Wanted::kRegions)) {
    device_.zero(signatures_.at(0), evaluations * batches_ * signatures_.stride() * sizeof(uint32_t));
  }
  queue(tapes, forward_of, repeats_ * batches_, items_, check);
  if (wants(Wanted::kNtk)) backward(tapes, check);
  finish();
  if (wants(Wanted::kGradient)) return differentiate(tapes, check);
  if (wants(Wanted::kRegions)) {
    fetch(signatures_, evaluations * batches_, host_signatures_);
  } else {
    fetch(logits_, evaluations, host_logits_);
  }
  if (wants(Wanted::kForward)) fetch(norms_, evaluations, host_norms_);
  if (wants(Wanted::kNtk)) fetch(gram_, evaluations, host_gram_);
}

void Portion::backward(std::span<const CandidateTapes> tapes, const Check& check) {
  const bool by_direction = request_.mode == NtkMode::kBatch;
  const int32_t all = by_direction ? layout_.blocks() : 1;
  if (by_direction) queue(tapes, transpose_of, repeats_, items_, check);
  for (int32_t first = 0; first < all; first += directions_) {
    const int32_t count = std::min(directions_, all - first);
    std::vector<Item> items;
    for (int64_t evaluation = 0; evaluation < std::ssize(tapes) * repeats_; ++evaluation) {
      for (int32_t k = 0; k < count; ++k) {
        Item& item = items.emplace_back(items_[evaluation]);
        item.area(Area::kGradients) = gradients_.at(evaluation * directions_ + k);
        item.sums = sums_.at(evaluation * directions_ + k);
        item.direction_block = first + k;
      }
    }
    queue(tapes, backward_of, repeats_ * count, items, check);
  }
  queue(tapes, gram_of, repeats_, items_, check);
}

void Portion::differentiate(std::span<const CandidateTapes> tapes, const Check& check) {
  const int64_t count = std::ssize(tapes) * repeats_ * batches_;
  fetch(logits_, count, host_logits_);
  evaluate_losses(count);
  gradient_.clear(device_, count);
  std::vector<Item> items(items_.begin(), items_.begin() + count);
  for (int64_t index = 0; index < count; ++index) items[index].inputs = gradient_.given(index);
  queue(tapes, backward_of, repeats_ * batches_, items, check);
  queue(tapes, sums_of, repeats_ * batches_, items, check);
  if (sizes_.gradient.tensor_sums > 0) {
    const Tape sums = tensor_sums_tape(layout_.plan().graph, request_.batches, gradient_.stride());
    std::vector<Item> firsts;
    for (int64_t index = 0; index < count; index += batches_) firsts.push_back(items[index]);
    const Tape* const only[] = {&sums};
    queue(only, std::ssize(firsts), firsts, check);
  }
  finish();
  gradient_.fetch(device_, *request_.gradient, count);
}

void Portion::evaluate_losses(int64_t items) {
  losses_.clear();
  std::vector<float> gradients;
  for (int64_t index = 0; index < items; ++index) {
    const std::vector<float> logits = logits_of(index);
    const int64_t batch = index % batches_, samples = request_.batch;
    const auto all = request_.repeats[first_repeat_ + index / batches_ % repeats_].labels;
    const auto labels = all.empty() ? all : all.subspan(batch * samples, samples);
    losses_.push_back(evaluate_loss(request_.gradient->loss, static_cast<int32_t>(batch),
                                    std::vector<double>(logits.begin(), logits.end()), labels,
                                    request_.batch));
    gradients.insert(gradients.end(), losses_.back().gradient.begin(), losses_.back().gradient.end());
  }
  gradient_.give(device_, gradients);
}

GradientAnswer Portion::gradient_of(const CandidateTapes& tapes, int64_t first_item) const {
  GradientAnswer answer;
  for (int64_t index = first_item; index < first_item + batches_; ++index) {
    answer.loss += losses_[index].loss / static_cast<double>(batches_);
    answer.correct += losses_[index].correct;
    const std::vector<float> logits = logits_of(index);
    answer.logits.insert(answer.logits.end(), logits.begin(), logits.end());
  }
  const bool has_input = tapes.schedule.gradient_offset[layout_.plan().graph.input] >= 0;
  gradient_.answer(layout_, *request_.gradient, tapes.backward.coefficients, has_input, first_item, answer);
  return answer;
}

template <class T>
void Portion::fetch(const Slices<T>& slices, int64_t count, std::vector<T>& values) {
  values.resize(count * slices.stride());
  device_.download(values.data(), slices.at(0), values.size() * sizeof(T));
}

DeviceResult Portion::result(const CandidateTapes& tapes, int64_t candidate, int64_t repeat) const {
  const int64_t evaluation = candidate * repeats_ + repeat;
  DeviceResult result;
  if (wants(Wanted::kRegions)) {
    result.regions = regions_of(tapes, evaluation * batches_);
    return result;
  }
  if (wants(Wanted::kGradient)) {
    result.gradient = gradient_of(tapes, evaluation * batches_);
    return result;
  }
  result.logits = logits_of(evaluation);
  if (wants(Wanted::kForward)) result.statistics = statistics_of(tapes, evaluation);
  if (wants(Wanted::kNtk)) {
    const double* kernel = host_gram_.data() + evaluation * gram_.stride();
    result.kernel.assign(kernel, kernel + gram_.size());
  }
  return result;
}

std::vector<float> Portion::logits_of(int64_t item) const {
  const int64_t values = sizes_.logits / layout_.padded();
  const float* from = host_logits_.data() + item * logits_.stride();
  std::vector<float> logits;
  for (int32_t sample = 0; sample < layout_.batch(); ++sample) {
    for (int64_t i = 0; i < values; ++i) {
      logits.push_back(from[(sample / kLanes * values + i) * kLanes + sample % kLanes]);
    }
  }
  return logits;
}

std::vector<float> Portion::statistics_of(const CandidateTapes& tapes, int64_t item) const {
  const Graph& graph = layout_.plan().graph;
  const double* norms = host_norms_.data() + item * norms_.stride();
  std::vector<float> values;
  for (int32_t v = 0; v < std::ssize(graph.nodes); ++v) {
    const Node& node = graph.nodes[v];
    if (node.op != Op::kBatchNorm) continue;
    const double* first = norms + layout_.norm(v) * 4;
    const bool ran = tapes.schedule.runs[v];
    for (int32_t c = 0; c < node.shape.c; ++c)
      values.push_back(ran ? static_cast<float>(first[c * 4]) : 0.0f);
    for (int32_t c = 0; c < node.shape.c; ++c) {
      const double inverse = first[c * 4 + 3];
      values.push_back(ran ? static_cast<float>(std::max(1.0 / (inverse * inverse) - node.eps, 0.0)) : 1.0f);
    }
  }
  return values;
}

RegionsAnswer Portion::regions_of(const CandidateTapes& tapes, int64_t first_item) const {
  engine::SignatureSet distinct(batches_ * layout_.batch());
  RegionsAnswer result;
  result.neurons = tapes.schedule.neurons;
  for (int64_t b = 0; b < batches_; ++b) {
    const uint32_t* words = host_signatures_.data() + (first_item + b) * signatures_.stride();
    for (int32_t sample = 0; sample < layout_.batch(); ++sample) {
      std::array<uint32_t, Signature::kWords> own;
      for (int64_t k = 0; k < Signature::kWords; ++k) own[k] = words[k * layout_.padded() + sample];
      std::array<uint64_t, 2> key;
      static_assert(sizeof(key) == sizeof(own));
      std::memcpy(&key, own.data(), sizeof(key));
      distinct.insert(key);
      if (request_.popcounts) {
        result.popcounts.push_back(words[Signature::kWords * layout_.padded() + sample]);
      }
    }
  }
  result.regions = distinct.size();
  return result;
}

}  // namespace tenas::cuda
