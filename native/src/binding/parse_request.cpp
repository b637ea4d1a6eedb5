#include "binding/parse_request.hpp"

#include <array>
#include <string>

#include "binding/fields.hpp"
#include "binding/task_codec.hpp"

namespace tenas::binding {
namespace {

constexpr std::array<std::string_view, 4> kInits = {"kaiming_fan_in", "kaiming_fan_out", "pytorch", "normal"};
constexpr std::array<std::string_view, 3> kDevices = {"auto", "cpu", "cuda"};

Repeat parse_repeat(const Napi::Object& from, const std::string& name) {
  Repeat repeat;
  repeat.inputs = values<float>(from.Get("inputs"), name + ".inputs");
  const Napi::Value labels = from.Get("labels");
  if (!labels.IsUndefined()) repeat.labels = values<int32_t>(labels, name + ".labels");
  const Napi::Value weights = from.Get("weights");
  if (weights.IsTypedArray()) {
    repeat.weights = values<float>(weights, name + ".weights");
  } else {
    repeat.weights = parse_seeded(object(weights, name + ".weights"));
  }
  return repeat;
}

}  // namespace

SeededWeights parse_seeded(const Napi::Object& object) {
  const Napi::Value seed = object.Get("seed");
  if (!seed.IsBigInt()) refuse("seed must be a bigint");
  bool lossless = true;
  SeededWeights weights;
  weights.seed = seed.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) refuse("seed must be an unsigned 64-bit integer");
  const int32_t repeat = integer(object.Get("repeat"), "repeat");
  if (repeat < 0) refuse("repeat must not be negative");
  weights.repeat = static_cast<uint32_t>(repeat);
  weights.init = one_of<Init>(object.Get("init"), "init", kInits);
  weights.absolute = object.Get("absolute").ToBoolean().Value();
  return weights;
}

Request parse_request(const Napi::Object& from, const Program& program) {
  Request request;
  const Napi::Array tasks = list(from.Get("tasks"), "tasks");
  for (uint32_t i = 0; i < tasks.Length(); ++i) {
    const std::string name = "tasks[" + std::to_string(i) + "]";
    request.tasks.push_back(parse_task(object(tasks.Get(i), name), name));
  }
  request.batch = integer(from.Get("batchSize"), "batchSize");
  request.threads = integer(from.Get("threads"), "threads");
  request.reference = from.Get("reference").ToBoolean().Value();
  request.isa = text(from.Get("isa"), "isa");
  request.device = one_of<DeviceChoice>(from.Get("device"), "device", kDevices);
  const Napi::Array repeats = list(from.Get("repeats"), "repeats");
  for (uint32_t i = 0; i < repeats.Length(); ++i) {
    const std::string name = "repeats[" + std::to_string(i) + "]";
    request.repeats.push_back(parse_repeat(object(repeats.Get(i), name), name));
  }
  request.candidate_count = integer(from.Get("candidateCount"), "candidateCount");
  request.candidates = values<double>(from.Get("candidates"), "candidates");
  validate(program, request);
  return request;
}

}  // namespace tenas::binding
