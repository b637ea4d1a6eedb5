#include "cuda/training_memory.hpp"

#include <algorithm>
#include <cmath>

namespace tenas::cuda {
namespace {

/// Paths whose work is kept.
constexpr size_t kMostPaths = 4;

void nothing() {}

std::unique_ptr<MergedTapes> merged(Device& device, const Tape& tape) {
  const Tape* const only[] = {&tape};
  return std::make_unique<MergedTapes>(device, only, 1);
}

/// The gradient of a loss by what is given.
GradientTask task_of(const GradientTargets& of) {
  GradientTask task;
  task.of = of;
  return task;
}

bool same(const TrainingPath& a, const TrainingPath& b) {
  return a.coefficients == b.coefficients && a.statistics == b.statistics &&
         a.of.parameters == b.of.parameters && a.of.coefficients == b.of.coefficients &&
         a.additions == b.additions;
}

/// Running statistics of batch norms, by parameter id.
ParameterSet running_statistics(const Graph& graph) {
  ParameterSet set(graph.params.size(), false);
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kBatchNorm) set[node.running_mean] = set[node.running_var] = true;
  }
  return set;
}

}  // namespace

TrainedParameters::TrainedParameters(Device& device, const engine::Plan& plan, const TrainingState& state)
    : device_(device),
      plan_(plan),
      values_(device, state.values.size()),
      first_(device, state.first.size()),
      second_(device, state.second.size()),
      plain_(device, state.values.size()),
      packed_(device, DeviceLayout(plan, 1, 0).pack_sources().size()) {
  give(state);
}

void TrainedParameters::place(Item& item) const {
  item.values = values_.data();
  item.first = first_.data();
  item.second = second_.data();
  item.plain = plain_.data();
  item.packed = packed_.data();
}

void TrainedParameters::give(const TrainingState& state) {
  const std::vector<float> plain(state.values.begin(), state.values.end());
  device_.upload(plain_.data(), plain.data(), plain.size() * sizeof(float));
  device_.upload(values_.data(), state.values.data(), state.values.size() * sizeof(double));
  device_.upload(first_.data(), state.first.data(), state.first.size() * sizeof(double));
  device_.upload(second_.data(), state.second.data(), state.second.size() * sizeof(double));
}

void TrainedParameters::give_running(const TrainingState& state) {
  const ParameterSet running = running_statistics(plan_.graph);
  for (size_t id = 0; id < running.size(); ++id) {
    if (!running[id]) continue;
    const Param& param = plan_.graph.params[id];
    const auto first = state.values.begin() + param.offset;
    const std::vector<float> plain(first, first + param.size);
    device_.upload(plain_.data() + param.offset, plain.data(), plain.size() * sizeof(float));
  }
}

void TrainedParameters::fetch(TrainingState& state) const {
  std::vector<double> values(state.values.size());
  device_.download(values.data(), values_.data(), values.size() * sizeof(double));
  device_.download(state.first.data(), first_.data(), state.first.size() * sizeof(double));
  device_.download(state.second.data(), second_.data(), state.second.size() * sizeof(double));
  const ParameterSet running = running_statistics(plan_.graph);
  for (size_t id = 0; id < running.size(); ++id) {
    if (running[id]) continue;
    const Param& param = plan_.graph.params[id];
    std::copy_n(values.begin() + param.offset, param.size, state.values.begin() + param.offset);
  }
}

TrainingPasses::TrainingPasses(Device& device, const engine::Plan& plan, const Additions& additions,
                               const TrainedParameters& parameters, int32_t samples)
    : device_(device),
      layout_(plan, samples, device.guard_values()),
      tables_(device, layout_),
      additions_(additions),
      drop_(layout_, additions),
      parameters_(parameters),
      buffers_(layout_.blocks(), device.guard_values()),
      inputs_(device, 1, layout_.input_area().size(), &layout_.input_area()),
      activations_(device, 1, layout_.activation_area().size(), &layout_.activation_area()),
      logits_(device, 1,
              (1 + std::ssize(additions.heads)) * plan.graph.nodes[plan.graph.output].shape.size() *
                  layout_.padded()),
      factors_(device, 1, drop_.size()),
      norms_(device, 1, layout_.norm_channels() * 4),
      images_(device, plan.graph.nodes[plan.graph.input].shape.size() * samples) {
  const Shape& shape = plan.graph.nodes[plan.graph.input].shape;
  InputStep step;
  step.out = layout_.activation(plan.graph.input);
  step.shape = {layout_.blocks(), shape.c, shape.h};
  step.cols = shape.w;
  step.batch = samples;
  Tape inputs, pack;
  inputs.add<PackInputs>(0, step);
  pack.add<PackWeights>(0, {std::ssize(layout_.pack_sources())});
  inputs_launches_ = merged(device, inputs);
  pack_launches_ = merged(device, pack);
  int64_t squares = 0;
  for (const Param& param : plan.graph.params) squares += SquaresStep{param.offset, param.size}.blocks();
  squares_ = {device, static_cast<size_t>(squares)};
  place_items();
}

const engine::Schedule& TrainingPasses::choose(const TrainingPath& path) {
  const auto found =
      std::find_if(paths_.begin(), paths_.end(), [&](const auto& kept) { return same(kept->key, path); });
  if (found != paths_.end()) {
    path_ = found->get();
  } else {
    if (paths_.size() == kMostPaths) paths_.erase(paths_.begin());
    make(path);
  }
  return path_->executed;
}

Additions TrainingPasses::additions_of(const ActiveAdditions& active) const {
  Additions additions;
  if (active.heads) additions.heads = additions_.heads;
  if (active.drop_path) additions.drop_path = additions_.drop_path;
  if (active.dropout) additions.dropout = additions_.dropout;
  return additions;
}

void TrainingPasses::make(const TrainingPath& path) {
  const engine::Plan& plan = layout_.plan();
  const Additions additions = additions_of(path.additions);
  const PassAdditions of_pass{&drop_, additions.heads};
  auto made = std::make_unique<Path>();
  made->key = path;
  made->executed = engine::schedule_forward(plan, path.coefficients, additions);
  made->forward_launches = merged(device_, forward_tape(layout_, made->executed, path.coefficients,
                                                        path.statistics, /*regions=*/false, of_pass));
  if (differentiates(path)) {
    const engine::Schedule schedule = engine::schedule_backward(
        plan, path.coefficients, engine::targets_of(plan.graph, task_of(path.of)), additions);
    made->backward = backward_tape(layout_, schedule, GradientStatistics::kThrough, buffers_, of_pass);
    made->backward_launches = merged(device_, made->backward.tape);
    made->sum_launches = merged(device_, made->backward.sums);
  }
  path_ = paths_.emplace_back(std::move(made)).get();
  if (differentiates(path)) grow();
}

void TrainingPasses::grow() {
  const GradientSizes before = sizes_;
  sizes_.include(layout_, task_of(path_->key.of), path_->backward);
  const int64_t sums = path_->backward.sum_channels * 2 * kLanes;
  if (buffers_.area().size() == gradients_.size() && sums <= sums_.size() && sizes_ == before) return;
  gradients_ = {};
  gradients_ = {device_, 1, buffers_.area().size(), &buffers_.area()};
  sums_ = {device_, 1, std::max(sums, sums_.size())};
  gradient_ = {device_, sizes_, 1, 1};
  place_items();
}

void TrainingPasses::place_items() {
  Item item;
  parameters_.place(item);
  item.inputs = images_.data();
  item.area(Area::kInput) = inputs_.at(0);
  item.area(Area::kActivations) = activations_.at(0);
  item.area(Area::kLogits) = logits_.at(0);
  item.area(Area::kFactors) = factors_.at(0);
  item.norms = norms_.at(0);
  item.squares = squares_.data();
  Item backward = item;
  backward.area(Area::kGradients) = gradients_.at(0);
  backward.sums = sums_.at(0);
  gradient_.place(backward, 0);
  backward.inputs = gradient_.given(0);
  const Item both[] = {item, backward};
  items_ = {device_, std::span<const Item>(both)};
}

void TrainingPasses::forward(std::span<const float> images, bool packed, const std::function<void()>& check,
                             const DropFactors& factors) {
  device_.upload(images_.data(), images.data(), images.size_bytes());
  if (path_->key.additions.drop_path || path_->key.additions.dropout) {
    const std::vector<float> lanes = drop_.lanes_of(factors);
    device_.upload(factors_.at(0), lanes.data(), lanes.size() * sizeof(float));
  }
  if (!packed) pack_launches_->run(items_.data(), tables_.tables(), nothing);
  inputs_launches_->run(items_.data(), tables_.tables(), nothing);
  path_->forward_launches->run(items_.data(), tables_.tables(), check);
  device_.finish();
  host_norms_.resize(norms_.size());
  device_.download(host_norms_.data(), norms_.at(0), host_norms_.size() * sizeof(double));
}

std::vector<double> TrainingPasses::logits(int64_t k) const {
  const int64_t values = layout_.node(layout_.plan().graph.output).shape.size();
  std::vector<float> lanes(values * layout_.padded());
  device_.download(lanes.data(), logits_.at(0) + layout_.logits(k).offset, lanes.size() * sizeof(float));
  std::vector<double> logits;
  for (int32_t sample = 0; sample < samples(); ++sample) {
    for (int64_t i = 0; i < values; ++i) {
      logits.push_back(lanes[(sample / kLanes * values + i) * kLanes + sample % kLanes]);
    }
  }
  return logits;
}

std::vector<double> TrainingPasses::moments(int32_t norm) const {
  const Node& node = layout_.node(norm);
  std::vector<double> moments;
  for (int32_t c = 0; c < node.shape.c; ++c) {
    const double* own = host_norms_.data() + (layout_.norm(norm) + c) * 4;
    const double variance = 1.0 / (own[3] * own[3]) - node.eps;
    moments.insert(moments.end(), {own[0], variance < 0 ? 0.0 : variance});
  }
  return moments;
}

std::vector<double> TrainingPasses::backward(std::span<const double> output_gradient,
                                             const std::function<void()>& check) {
  gradient_.clear(device_, 1);
  const std::vector<float> given(output_gradient.begin(), output_gradient.end());
  gradient_.give(device_, given);
  path_->backward_launches->run(items_.data() + 1, tables_.tables(), check);
  path_->sum_launches->run(items_.data() + 1, tables_.tables(), check);
  device_.finish();
  const GradientTask task = task_of({.coefficients = path_->key.of.coefficients});
  GradientAnswer answer;
  gradient_.fetch(device_, task, 1);
  gradient_.answer(layout_, task, path_->backward.coefficients, false, 0, answer);
  return std::move(answer.coefficients);
}

double TrainingPasses::gradient_norm(const ParameterSet& parameters) {
  Tape tape;
  int64_t blocks = 0;
  for (size_t id = 0; id < parameters.size(); ++id) {
    if (!parameters[id]) continue;
    const Param& param = layout_.plan().graph.params[id];
    const SquaresStep step{param.offset, param.size, blocks};
    blocks += step.blocks();
    tape.add<SquareSums>(0, step);
  }
  run(tape);
  std::vector<double> squares(blocks);
  device_.download(squares.data(), squares_.data(), squares.size() * sizeof(double));
  double sum = 0;
  for (const double square : squares) sum += square;
  return std::sqrt(sum);
}

void TrainingPasses::update(std::span<const UpdateStep> steps) {
  Tape tape;
  for (const UpdateStep& step : steps) tape.add<Update>(0, step);
  run(tape);
}

void TrainingPasses::run(const Tape& tape) {
  device_.finish();
  last_ = merged(device_, tape);
  last_->run(items_.data() + 1, tables_.tables(), nothing);
}

}  // namespace tenas::cuda
