#include "runtime/trainer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "cpu/training.hpp"
#include "cuda/availability.hpp"
#include "cuda/training.hpp"
#include "reference/training.hpp"
#include "runtime/device_turn.hpp"
#include "runtime/memory.hpp"
#include "runtime/thread_pool.hpp"
#include "train/snapshot.hpp"

namespace tenas {
namespace {

constexpr int64_t kLargestBatch = 1 << 20;
constexpr int32_t kLongestLabels = 4096;  // pixels each way

[[noreturn]] void refuse(const std::string& message) {
  throw Error("REQUEST_INVALID", message);
}

void require(bool fine, const std::string& field, double value, const std::string& wanted) {
  if (!fine) refuse(field + " is " + std::to_string(value) + "; it must be " + wanted);
}

/// Whether no value is infinite or NaN: one whose bits, without the sign, carry into the sign when one is
/// added to an exponent of ones. Blocks of known length run as vectors.
bool all_finite(std::span<const float> values) {
  constexpr size_t kBlock = 64;
  constexpr uint32_t kSign = 0x80000000, kExponentStep = 0x00800000;
  const auto carry = [](float value) { return (std::bit_cast<uint32_t>(value) & ~kSign) + kExponentStep; };
  uint32_t carried[kBlock] = {};
  size_t i = 0;
  for (; i + kBlock <= values.size(); i += kBlock) {
    for (size_t k = 0; k < kBlock; ++k) carried[k] |= carry(values[i + k]);
  }
  for (; i < values.size(); ++i) carried[0] |= carry(values[i]);
  return std::all_of(std::begin(carried), std::end(carried), [](uint32_t bits) { return bits < kSign; });
}

/// Refuses data with a value that is not finite, naming the first.
void require_finite_data(std::span<const float> values, const std::string& field) {
  if (all_finite(values)) return;
  const auto place = std::find_if_not(values.begin(), values.end(), [](float value) {
    return std::abs(value) <= std::numeric_limits<float>::max();
  });
  require(false, field + "[" + std::to_string(place - values.begin()) + "]", *place, "a finite number");
}

void require_share(double value, const std::string& field) {
  require(value >= 0 && value < 1, field, value, "at least 0 and less than 1");
}

void require_positive_or_zero(double value, const std::string& field) {
  require(value >= 0 && std::isfinite(value), field, value, "a finite number of at least 0");
}

/// Checks numbers given per parameter tensor.
void check_tensors(const Graph& graph, const std::vector<double>& values, const std::string& field) {
  if (values.size() != graph.params.size()) {
    refuse(field + " has " + std::to_string(values.size()) + " values; " +
           std::to_string(graph.params.size()) + " are needed, one per parameter");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    require_positive_or_zero(values[i], field + "[" + std::to_string(i) + "]");
  }
}

void check_device(const TrainerOptions& options) {
  if (options.reference || !options.isa.empty()) {
    refuse("device is 'cuda'; it has no reference engine and no instruction sets: leave both out");
  }
  if (!cuda::availability().available) {
    throw Error("CUDA_UNAVAILABLE", "device is 'cuda', but " + cuda::availability().reason + "; use 'cpu'");
  }
}

void check_tiles(const Graph& graph, const TrainerOptions& options) {
  const int64_t outputs = graph.nodes[graph.output].shape.size();
  const int32_t tiles = options.labelling.tiles;
  if (tiles < 1 || outputs % tiles != 0) {
    refuse("loss.tiles is " + std::to_string(tiles) + "; it must be at least 1 and divide the " +
           std::to_string(outputs) + " outputs of the network");
  }
  if (options.cuda && tiles > 1) refuse("loss.tiles is for the device 'cpu'; 'cuda' has no tiles");
}

void check_pixels(const Graph& graph, const TrainerOptions& options) {
  const auto& [tiles, height, width] = options.labelling;
  if (height == 0 && width == 0) return;
  const Shape& output = graph.nodes[graph.output].shape;
  if (height < output.h || width < output.w || height > kLongestLabels || width > kLongestLabels) {
    refuse("loss.pixels is " + std::to_string(height) + "x" + std::to_string(width) + "; it must be from " +
           std::to_string(output.h) + "x" + std::to_string(output.w) + ", as the network's outputs, to " +
           std::to_string(kLongestLabels) + " pixels each way");
  }
  if (tiles > 1) refuse("loss.pixels and loss.tiles exclude each other; leave one out");
  if (options.cuda) refuse("loss.pixels is for the device 'cpu'; 'cuda' has no labels of pixels");
}

void check(const Graph& graph, const TrainerOptions& options) {
  const TrainingSettings& settings = options.settings;
  const Optimiser& optimiser = settings.optimiser;
  if (options.threads < 1 || options.threads > 1024) {
    refuse("threads is " + std::to_string(options.threads) + "; it must be 1 to 1024");
  }
  if (options.reference && !options.isa.empty()) refuse("isa is for the fast engine; leave it out");
  if (options.cuda) check_device(options);
  require_share(optimiser.momentum, "optimiser.momentum");
  if (optimiser.nesterov && optimiser.momentum == 0) {
    refuse("optimiser.nesterov is true and optimiser.momentum 0; Nesterov needs a momentum above 0");
  }
  require_share(optimiser.beta1, "optimiser.betas[0]");
  require_share(optimiser.beta2, "optimiser.betas[1]");
  require_positive_or_zero(optimiser.eps, "optimiser.eps");
  check_tensors(graph, optimiser.weight_decay, "optimiser.weightDecay");
  check_tensors(graph, optimiser.rate, "optimiser.rate");
  require_share(settings.label_smoothing, "loss.labelSmoothing");
  require_positive_or_zero(settings.clip, "clip");
  check_tiles(graph, options);
  check_pixels(graph, options);
  check_additions(graph, settings.additions);
  if (settings.head_weights.size() != settings.additions.heads.size()) {
    refuse("headWeights has " + std::to_string(settings.head_weights.size()) + " values; " +
           std::to_string(settings.additions.heads.size()) + " are needed, one per head");
  }
  for (size_t i = 0; i < settings.head_weights.size(); ++i) {
    require_positive_or_zero(settings.head_weights[i], "headWeights[" + std::to_string(i) + "]");
  }
}

TrainingState state_of(const Program& program, const TrainerOptions& options) {
  const Graph& graph = program.graph();
  const Optimiser& optimiser = options.settings.optimiser;
  if (const auto* snapshot = std::get_if<std::vector<uint8_t>>(&options.start)) {
    return read_snapshot(graph, optimiser, *snapshot);
  }
  if (const auto* seeded = std::get_if<SeededWeights>(&options.start)) {
    return {graph, optimiser, weights_of(program, *seeded)};
  }
  const auto& given = std::get<std::vector<float>>(options.start);
  if (std::ssize(given) != graph.param_values) {
    refuse("weights has " + std::to_string(given.size()) + " values; " + std::to_string(graph.param_values) +
           " are needed");
  }
  require_finite_data(given, "weights");
  return {graph, optimiser, given};
}

}  // namespace

Trainer::Trainer(std::shared_ptr<Program> program, TrainerOptions options)
    : program_(std::move(program)), options_(std::move(options)) {
  check(graph(), options_);
  TrainingState state = state_of(*program_, options_);
  if (options_.reference) {
    training_ = reference::make_training(graph(), options_.settings, std::move(state), options_.labelling);
    return;
  }
  if (options_.cuda) {
    const auto turn = take_device(CancelFlag());
    training_ = in_turns(cuda::make_training(cuda::cuda_device(), program_->plan(engine::Purpose::kDirect),
                                             options_.settings, std::move(state)));
    return;
  }
  const Program::Variant variant{engine::Purpose::kTraining, options_.isa};
  training_ = engine::make_training(program_->plan(variant.purpose), program_->engine(variant),
                                    options_.settings, std::move(state), options_.labelling);
}

int32_t Trainer::samples() const {
  const int64_t values = graph().nodes[graph().input].shape.size();
  return static_cast<int32_t>(std::ssize(batch_.images) / values);
}

ParallelFor Trainer::parallel() const {
  return [threads = options_.threads](int64_t count, const std::function<void(int64_t, int32_t)>& fn) {
    ThreadPool::instance().parallel_for(count, threads, fn);
  };
}

Trainer::Turn::Turn(std::shared_ptr<Trainer> trainer) : trainer_(std::move(trainer)) {
  if (trainer_->taken_.exchange(true)) {
    refuse("the trainer is at work; wait for its answer before the next call");
  }
}

Trainer::Turn::~Turn() {
  trainer_->taken_ = false;
}

/// Checks images, coefficients and the memory that they need, `together` or in parts.
void Trainer::Turn::check_images(bool together) const {
  const Graph& graph = trainer_->graph();
  const OwnedBatch& batch = trainer_->batch_;
  const int64_t values = graph.nodes[graph.input].shape.size();
  const int64_t images = std::ssize(batch.images), count = images / values;
  if (count < 1 || count > kLargestBatch || images % values != 0) {
    refuse("images has " + std::to_string(images) + " values; it must have " + std::to_string(values) +
           " for each of 1 to " + std::to_string(kLargestBatch) + " samples");
  }
  require_finite_data(batch.images, "images");
  if (std::ssize(batch.coefficients) != graph.slots) {
    refuse("coefficients has " + std::to_string(batch.coefficients.size()) + " values; " +
           std::to_string(graph.slots) + " are needed, one per mixing slot");
  }
  for (size_t i = 0; i < batch.coefficients.size(); ++i) {
    require(std::isfinite(batch.coefficients[i]), "coefficients[" + std::to_string(i) + "]",
            batch.coefficients[i], "a finite number");
  }
  const int64_t at_once = together ? count : std::min<int64_t>(count, engine::kEvaluatedTogether);
  const double needed =
      2.0 * static_cast<double>(trainer_->program_->plan(engine::Purpose::kTraining).arena_pixels) *
      static_cast<double>(at_once) * (trainer_->options_.reference ? 8 : 4);
  if (needed > physical_memory_bytes() * 0.9) {
    throw Error("OUT_OF_MEMORY", "a batch of " + std::to_string(at_once) + " samples needs about " +
                                     std::to_string(static_cast<int64_t>(needed / 1e6)) +
                                     " MB; use a smaller batch or a smaller network");
  }
}

void Trainer::Turn::check_labels() const {
  const std::vector<int32_t>& labels = trainer_->batch_.labels;
  const Labelling& labelling = trainer_->options_.labelling;
  const int32_t tiles = labelling.tiles, samples = trainer_->samples();
  if (samples % tiles != 0) {
    refuse("images has " + std::to_string(samples) + " samples; with loss.tiles it must have a multiple of " +
           std::to_string(tiles));
  }
  const int64_t needed = labelling.labels(samples);
  if (std::ssize(labels) != needed) {
    const std::string each = labelling.of_pixels() ? "pixel" : tiles == 1 ? "sample" : "image";
    refuse("labels has " + std::to_string(labels.size()) + " values; " + std::to_string(needed) +
           " are needed, one per " + each);
  }
  const Graph& graph = trainer_->graph();
  const Shape& output = graph.nodes[graph.output].shape;
  const int64_t classes = labelling.of_pixels() ? output.c : output.size() / tiles;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < classes) continue;
    refuse("labels[" + std::to_string(i) + "] is " + std::to_string(labels[i]) + "; it must be 0 to " +
           std::to_string(classes - 1));
  }
}

/// Checks the factors of drop path and dropout: none, or one for each of what the settings name.
void Trainer::Turn::check_factors() const {
  const Graph& graph = trainer_->graph();
  const Additions& additions = trainer_->options_.settings.additions;
  int64_t values = 0;
  for (const int32_t node : additions.dropout) values += graph.nodes[node].shape.size();
  const auto check = [&](const std::vector<float>& factors, int64_t per_sample, const std::string& field) {
    if (factors.empty()) return;
    const int64_t needed = per_sample * trainer_->samples();
    if (std::ssize(factors) != needed) {
      refuse(field + " has " + std::to_string(factors.size()) + " values; it must have " +
             std::to_string(needed) + ", " + std::to_string(per_sample) + " per sample");
    }
    require_finite_data(factors, field);
  };
  check(trainer_->batch_.drop_path, std::ssize(additions.drop_path), "dropPath");
  check(trainer_->batch_.dropout, values, "dropout");
}

void Trainer::Turn::check_step(const StepOptions& options) const {
  check_images(true);
  check_labels();
  check_factors();
  require_positive_or_zero(options.learning_rate, "learningRate");
}

void Trainer::Turn::check_evaluation(EvaluationStatistics statistics) const {
  check_images(statistics == EvaluationStatistics::kBatch || trainer_->options_.reference);
  check_labels();
}

void Trainer::Turn::check_observation() const {
  check_images(true);
}

TrainingBatch Trainer::Turn::view() const {
  return trainer_->batch_.view(trainer_->samples());
}

StepAnswer Trainer::Turn::step(const StepOptions& options, const CancelFlag& cancel) {
  return trainer_->training_->step(view(), options, trainer_->parallel(), cancel);
}

TrainingEvaluation Trainer::Turn::evaluate(EvaluationStatistics statistics, const CancelFlag& cancel) {
  return trainer_->training_->evaluate(view(), statistics, trainer_->parallel(), cancel);
}

void Trainer::Turn::observe(bool first, const CancelFlag& cancel) {
  trainer_->training_->observe(view(), first, trainer_->parallel(), cancel);
}

std::vector<uint8_t> Trainer::Turn::snapshot() const {
  return write_snapshot(trainer_->graph(), trainer_->options_.settings.optimiser, state());
}

}  // namespace tenas
