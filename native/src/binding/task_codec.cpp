#include "binding/task_codec.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "binding/fields.hpp"

namespace tenas::binding {
namespace {

using Words4 = std::array<std::string_view, 4>;
constexpr std::array<std::string_view, 2> kForwardStatistics = {"batch", "running"};
constexpr std::array<std::string_view, 2> kNtkModes = {"batch", "sample"};
constexpr Words4 kGradientStatistics = {"batch", "constant", "sample", "none"};
constexpr Words4 kLosses = {"cross-entropy", "mse", "sum", "output-gradient"};
constexpr std::array<std::string_view, 3> kReductions = {"values", "sums", "signs"};
constexpr std::array<std::string_view, 3> kTargets = {"parameters", "coefficients", "input"};

void read(const Napi::Object& object, const std::string& name, ForwardTask& task) {
  task.statistics = one_of<Statistics>(object.Get("statistics"), name + ".statistics", kForwardStatistics);
}

void read(const Napi::Object& object, const std::string& name, NtkTask& task) {
  task.mode = one_of<NtkMode>(object.Get("mode"), name + ".mode", kNtkModes);
}

void read(const Napi::Object& object, const std::string& name, RegionsTask& task) {
  task.batches = integer(object.Get("batches"), name + ".batches");
  task.popcounts = object.Get("popcounts").ToBoolean().Value();
}

void read(const Napi::Object&, const std::string&, CodesTask&) {}

std::vector<int32_t> integers(const Napi::Value& value, const std::string& name) {
  const Napi::Array array = list(value, name);
  std::vector<int32_t> found;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    found.push_back(integer(array.Get(i), name + "[" + std::to_string(i) + "]"));
  }
  return found;
}

void read(const Napi::Object& object, const std::string& name, FeaturesTask& task) {
  task.nodes = integers(object.Get("nodes"), name + ".nodes");
  const Napi::Value channels = object.Get("channels");
  if (channels.IsUndefined()) return;
  const Napi::Array lists = list(channels, name + ".channels");
  for (uint32_t i = 0; i < lists.Length(); ++i) {
    task.channels.push_back(integers(lists.Get(i), name + ".channels[" + std::to_string(i) + "]"));
  }
}

Loss parse_loss(const Napi::Object& object, const std::string& name) {
  enum class Kind { kCrossEntropy, kMeanSquares, kSum, kOutputGradient };
  switch (one_of<Kind>(object.Get("kind"), name + ".kind", kLosses)) {
    case Kind::kCrossEntropy: {
      const Napi::Value smoothing = object.Get("labelSmoothing");
      if (smoothing.IsUndefined()) return CrossEntropy{};
      if (!smoothing.IsNumber()) refuse(name + ".labelSmoothing must be a number");
      return CrossEntropy{smoothing.As<Napi::Number>().DoubleValue()};
    }
    case Kind::kMeanSquares:
      return MeanSquares{values<float>(object.Get("targets"), name + ".targets")};
    case Kind::kSum:
      return OutputSum{};
    case Kind::kOutputGradient:
      break;
  }
  return OutputGradient{values<float>(object.Get("values"), name + ".values")};
}

void read(const Napi::Object& from, const std::string& name, GradientTask& task) {
  task.loss = parse_loss(object(from.Get("loss"), name + ".loss"), name + ".loss");
  task.statistics =
      one_of<GradientStatistics>(from.Get("statistics"), name + ".statistics", kGradientStatistics);
  task.reduce = one_of<Reduce>(from.Get("reduce"), name + ".reduce", kReductions);
  const Napi::Array of = list(from.Get("of"), name + ".of");
  for (uint32_t i = 0; i < of.Length(); ++i) {
    enum class Target { kParameters, kCoefficients, kInput };
    switch (one_of<Target>(of.Get(i), name + ".of[" + std::to_string(i) + "]", kTargets)) {
      case Target::kParameters:
        task.of.parameters = true;
        break;
      case Target::kCoefficients:
        task.of.coefficients = true;
        break;
      case Target::kInput:
        task.of.input = true;
        break;
    }
  }
  const Napi::Value batches = from.Get("batches");
  if (!batches.IsUndefined()) task.batches = integer(batches, name + ".batches");
}

void read(const Napi::Object& object, const std::string& name, ChangeTask& task) {
  task.node = integer(object.Get("node"), name + ".node");
}

void read(const Napi::Object& from, const std::string& name, BlocksTask& task) {
  const Napi::Array blocks = list(from.Get("blocks"), name + ".blocks");
  for (uint32_t i = 0; i < blocks.Length(); ++i) {
    const std::string place = name + ".blocks[" + std::to_string(i) + "]";
    const Napi::Object block = object(blocks.Get(i), place);
    task.blocks.push_back(
        {integer(block.Get("from"), place + ".from"), integer(block.Get("to"), place + ".to")});
  }
  const Napi::Value signs = from.Get("signs");
  if (signs.IsTypedArray()) {
    task.signs = values<float>(signs, name + ".signs");
    return;
  }
  const int32_t seed = integer(object(signs, name + ".signs").Get("seed"), name + ".signs.seed");
  if (seed < 0) refuse(name + ".signs.seed must not be negative");
  task.signs = DrawnSigns{static_cast<uint64_t>(seed)};
}

void read(const Napi::Object& from, const std::string& name, SaliencyTask& task) {
  task.nodes = integers(from.Get("nodes"), name + ".nodes");
  task.loss = parse_loss(object(from.Get("loss"), name + ".loss"), name + ".loss");
  task.correlations = from.Get("correlations").ToBoolean().Value();
}

void read(const Napi::Object& object, const std::string& name, CurvatureTask& task) {
  const Napi::Value temperature = object.Get("temperature");
  if (temperature.IsUndefined()) return;
  if (!temperature.IsNumber()) refuse(name + ".temperature must be a number");
  task.temperature = temperature.As<Napi::Number>().DoubleValue();
}

void read(const Napi::Object& object, const std::string& name, JacobianTask& task) {
  task.parameters = integers(object.Get("parameters"), name + ".parameters");
}

void read(const Napi::Object& object, const std::string& name, PatternsTask& task) {
  task.nodes = integers(object.Get("nodes"), name + ".nodes");
}

void read(const Napi::Object& from, const std::string& name, PixelsTask& task) {
  const Napi::Array ranges = list(from.Get("ranges"), name + ".ranges");
  for (uint32_t i = 0; i < ranges.Length(); ++i) {
    const std::string place = name + ".ranges[" + std::to_string(i) + "]";
    const Napi::Object range = object(ranges.Get(i), place);
    task.ranges.push_back({integer(range.Get("node"), place + ".node"),
                           integer(range.Get("first"), place + ".first"),
                           integer(range.Get("count"), place + ".count")});
  }
}

void read(const Napi::Object& from, const std::string& name, ConstantsTask& task) {
  const Napi::Array weights = list(from.Get("weights"), name + ".weights");
  for (uint32_t i = 0; i < weights.Length(); ++i) {
    const Napi::Value weight = weights.Get(i);
    if (!weight.IsNumber()) refuse(name + ".weights[" + std::to_string(i) + "] must be a number");
    task.weights.push_back(weight.As<Napi::Number>().DoubleValue());
  }
}

void write(Napi::Env env, Napi::Object& object, const ForwardTask&, const ForwardAnswer& answer) {
  object.Set("logits", typed_array(env, answer.logits));
  object.Set("statistics", typed_array(env, answer.statistics));
}

void write(Napi::Env env, Napi::Object& object, const NtkTask&, const NtkAnswer& answer) {
  object.Set("kernel", typed_array(env, answer.kernel));
  object.Set("eigenvalues", typed_array(env, answer.eigenvalues));
  object.Set("logits", typed_array(env, answer.logits));
}

void write(Napi::Env env, Napi::Object& object, const RegionsTask& task, const RegionsAnswer& answer) {
  object.Set("regions", static_cast<double>(answer.regions));
  object.Set("neurons", static_cast<double>(answer.neurons));
  if (task.popcounts) object.Set("popcounts", typed_array(env, answer.popcounts));
}

void write(Napi::Env env, Napi::Object& object, const CodesTask&, const CodesAnswer& answer) {
  object.Set("kernel", typed_array(env, answer.kernel));
  object.Set("neurons", static_cast<double>(answer.neurons));
  object.Set("logDeterminant", answer.log_determinant);
}

void write(Napi::Env env, Napi::Object& object, const GradientTask& task, const GradientAnswer& answer) {
  object.Set("loss", answer.loss);
  object.Set("correct", static_cast<double>(answer.correct));
  object.Set("logits", typed_array(env, answer.logits));
  if (task.of.parameters) {
    switch (task.reduce) {
      case Reduce::kValues:
        object.Set("parameters", typed_array(env, answer.parameters));
        break;
      case Reduce::kSums:
        object.Set("sums", typed_array(env, answer.sums));
        break;
      case Reduce::kSigns:
        object.Set("signs", typed_array(env, answer.signs));
        break;
    }
  }
  if (task.of.coefficients) object.Set("coefficients", typed_array(env, answer.coefficients));
  if (task.of.input) object.Set("input", typed_array(env, answer.input));
}

/// A list of objects, each filled by `fill` from one entry.
template <class Entry, class Fill>
Napi::Array objects(Napi::Env env, const std::vector<Entry>& entries, const Fill& fill) {
  Napi::Array made = Napi::Array::New(env, entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    Napi::Object object = Napi::Object::New(env);
    fill(object, entries[i]);
    made.Set(static_cast<uint32_t>(i), object);
  }
  return made;
}

void write(Napi::Env env, Napi::Object& object, const FeaturesTask&, const FeaturesAnswer& answer) {
  object.Set("nodes", objects(env, answer.nodes, [&](Napi::Object& node, const NodeFeatures& features) {
               node.Set("mean", typed_array(env, features.mean));
               node.Set("covariance", typed_array(env, features.covariance));
             }));
}

void write(Napi::Env env, Napi::Object& object, const ChangeTask&, const ChangeAnswer& answer) {
  object.Set("absolute", typed_array(env, answer.absolute));
  object.Set("squares", typed_array(env, answer.squares));
  object.Set("statistics", typed_array(env, answer.statistics));
}

void write(Napi::Env env, Napi::Object& object, const BlocksTask&, const BlocksAnswer& answer) {
  object.Set("blocks", objects(env, answer.blocks, [&](Napi::Object& made, const BlockAnswer& block) {
               made.Set("product", typed_array(env, block.product));
               made.Set("unchanged", block.unchanged);
             }));
}

void write(Napi::Env env, Napi::Object& object, const SaliencyTask& task, const SaliencyAnswer& answer) {
  object.Set("loss", answer.loss);
  object.Set("nodes", objects(env, answer.nodes, [&](Napi::Object& made, const NodeSaliency& node) {
               made.Set("products", typed_array(env, node.products));
               if (!task.correlations) return;
               made.Set("outputs", typed_array(env, node.outputs));
               made.Set("gradients", typed_array(env, node.gradients));
             }));
}

void write(Napi::Env env, Napi::Object& object, const JacobianTask&, const JacobianAnswer& answer) {
  object.Set("logits", typed_array(env, answer.logits));
  object.Set("jacobian", typed_array(env, answer.jacobian));
}

void write(Napi::Env, Napi::Object& object, const PatternsTask&, const PatternsAnswer& answer) {
  object.Set("patterns", static_cast<double>(answer.patterns));
  object.Set("elements", static_cast<double>(answer.elements));
}

void write(Napi::Env env, Napi::Object& object, const PixelsTask&, const PixelsAnswer& answer) {
  Napi::Array values = Napi::Array::New(env, answer.values.size());
  for (uint32_t i = 0; i < answer.values.size(); ++i) values.Set(i, typed_array(env, answer.values[i]));
  object.Set("values", values);
}

void write(Napi::Env env, Napi::Object& object, const ConstantsTask&, const ConstantsAnswer& answer) {
  object.Set("outputs", typed_array(env, answer.outputs));
  object.Set("exponents", typed_array(env, answer.exponents));
}

void write(Napi::Env env, Napi::Object& object, const CurvatureTask&, const CurvatureAnswer& answer) {
  object.Set("loss", answer.loss);
  object.Set("products", typed_array(env, answer.products));
}

template <class T>
Task read_as(const Napi::Object& object, const std::string& name) {
  T task;
  read(object, name, task);
  return task;
}

/// The task type of variant alternative I and those after it whose name is `kind`.
template <size_t I = 0>
Task parse_kind(const std::string& kind, const Napi::Object& object, const std::string& name) {
  if constexpr (I == std::variant_size_v<Task>) {
    refuse(name + ".kind is '" + kind + "'; it must be one of " + task_names());
  } else {
    using T = std::variant_alternative_t<I, Task>;
    if (kind == T::kName) return read_as<T>(object, name);
    return parse_kind<I + 1>(kind, object, name);
  }
}

}  // namespace

Task parse_task(const Napi::Object& object, const std::string& name) {
  return parse_kind(text(object.Get("kind"), name + ".kind"), object, name);
}

Napi::Object answer_object(Napi::Env env, const Task& task, const Answer& answer) {
  Napi::Object object = Napi::Object::New(env);
  std::visit(
      [&](const auto& asked) {
        // An answer stands at the place of its task in the two variants.
        using T = std::decay_t<decltype(asked)>;
        write(env, object, asked, std::get<answer_of_t<T>>(answer));
      },
      task);
  return object;
}

}  // namespace tenas::binding
