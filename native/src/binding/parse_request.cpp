#include "binding/parse_request.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"

namespace tenas::binding {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error("REQUEST_INVALID", message);
}

std::string string_field(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsString()) refuse(std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

std::vector<float> floats(const Napi::Value& value, const std::string& name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    refuse(name + " must be a Float32Array");
  }
  const auto array = value.As<Napi::Float32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

Repeat repeat_item(const Napi::Value& value, const std::string& name) {
  if (!value.IsObject()) refuse(name + " must be an object");
  const auto object = value.As<Napi::Object>();
  Repeat repeat;
  repeat.inputs = floats(object.Get("inputs"), name + ".inputs");
  const Napi::Value weights = object.Get("weights");
  if (weights.IsTypedArray()) {
    repeat.weights = floats(weights, name + ".weights");
  } else {
    repeat.weights = seeded_field(object);
  }
  return repeat;
}

}  // namespace

int32_t int_field(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(std::abs(number) <= 2147483647.0) || number != std::floor(number)) {
    refuse(std::string(name) + " must be a 32-bit integer");
  }
  return static_cast<int32_t>(number);
}

SeededWeights seeded_field(const Napi::Object& object) {
  const Napi::Value seed = object.Get("seed");
  if (!seed.IsBigInt()) refuse("seed must be a bigint");
  bool lossless = true;
  SeededWeights weights;
  weights.seed = seed.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) refuse("seed must be an unsigned 64-bit integer");
  const int32_t repeat = int_field(object, "repeat");
  if (repeat < 0) refuse("repeat must not be negative");
  weights.repeat = static_cast<uint32_t>(repeat);
  const int32_t init = int_field(object, "init");
  if (init < 0 || init > 2) refuse("init must be 0, 1 or 2");
  weights.init = static_cast<Init>(init);
  return weights;
}

Request parse_request(const Napi::Object& object, const Program& program) {
  Request request;
  const std::string task = string_field(object, "task");
  if (task == "forward") {
    request.task =
        ForwardTask{int_field(object, "statistics") == 0 ? Statistics::kBatch : Statistics::kRunning};
  } else if (task == "ntk") {
    request.task = NtkTask{int_field(object, "mode") == 0 ? NtkMode::kBatch : NtkMode::kSample};
  } else if (task == "regions") {
    request.task = RegionsTask{int_field(object, "batches"), object.Get("popcounts").ToBoolean().Value()};
  } else {
    refuse("task is '" + task + "'; it must be forward, ntk or regions");
  }
  request.batch = int_field(object, "batchSize");
  request.threads = int_field(object, "threads");
  request.reference = object.Get("reference").ToBoolean().Value();
  request.isa = string_field(object, "isa");
  const int32_t device = int_field(object, "device");
  if (device < 0 || device > 2) refuse("device must be 0, 1 or 2");
  request.device = static_cast<DeviceChoice>(device);
  const Napi::Value repeats = object.Get("repeats");
  if (!repeats.IsArray()) refuse("repeats must be an array");
  const auto list = repeats.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) {
    request.repeats.push_back(repeat_item(list.Get(i), "repeats[" + std::to_string(i) + "]"));
  }
  request.candidate_count = int_field(object, "candidateCount");
  const Napi::Value candidates = object.Get("candidates");
  if (!candidates.IsTypedArray() ||
      candidates.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    refuse("candidates must be a Float64Array");
  }
  const auto values = candidates.As<Napi::Float64Array>();
  request.candidates.assign(values.Data(), values.Data() + values.ElementLength());
  validate(program, request);
  return request;
}

}  // namespace tenas::binding
