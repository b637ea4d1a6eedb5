// The addon's functions: info, compile, evaluate, seededWeights, dispose, linear algebra, file locks, marks
// of crashes, and those of a trainer.
#include <napi.h>

#include <memory>
#include <string>
#include <thread>

#include "base/correlations.hpp"
#include "base/linear_algebra.hpp"
#include "binding/crash_mark.hpp"
#include "binding/errors.hpp"
#include "binding/evaluate_call.hpp"
#include "binding/fields.hpp"
#include "binding/file_lock.hpp"
#include "binding/parse_request.hpp"
#include "binding/pending_call.hpp"
#include "binding/program_handle.hpp"
#include "binding/trainer_functions.hpp"
#include "cuda/availability.hpp"
#include "runtime/program.hpp"

namespace tenas::binding {
namespace {

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  Napi::Object object = Napi::Object::New(env);
  Napi::Array isas = Napi::Array::New(env);
  for (const std::string_view isa : engine::available_isas()) isas.Set(isas.Length(), std::string(isa));
  const std::string best(engine::available_isas()[0]);
  object.Set("version", TENAS_VERSION);
  object.Set("isa", best);
  object.Set("availableIsas", isas);
  object.Set("lanes", engine::isa_lanes(best));
#ifdef __wasm__
  object.Set("build", "wasm");
  object.Set("hardwareThreads", 1.0);
#else
  object.Set("build", "native");
  object.Set("hardwareThreads", static_cast<double>(std::max(1u, std::thread::hardware_concurrency())));
#endif
  object.Set("compiler", TENAS_COMPILER);
  const cuda::Availability availability = cuda::availability();
  Napi::Object cuda = Napi::Object::New(env);
  cuda.Set("available", availability.available);
  cuda.Set("reason", availability.reason);
  cuda.Set("device", availability.device);
  object.Set("cuda", cuda);
  return object;
}

Napi::Value compile(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guarded(env, [&]() -> Napi::Value {
    if (call.Length() < 1 || !call[0].IsTypedArray() ||
        call[0].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
      throw Error("GRAPH_INVALID", "the encoded graph must be an Int32Array");
    }
    auto program = std::make_shared<Program>(decode_graph(values<int32_t>(call[0], "the encoded graph")));
    const Graph& graph = program->graph();
    Napi::Object object = Napi::Object::New(env);
    object.Set("parameterValues", static_cast<double>(graph.param_values));
    object.Set("slots", graph.slots);
    object.Set("inputValues", static_cast<double>(graph.nodes[graph.input].shape.size()));
    object.Set("outputValues", static_cast<double>(graph.nodes[graph.output].shape.size()));
    object.Set("program", external_of(env, std::move(program), kProgramTag));
    return object;
  });
}

Napi::Value evaluate_request(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guarded(env, [&]() -> Napi::Value {
    const std::shared_ptr<Program> program = live_program(call);
    if (call.Length() < 2 || !call[1].IsObject()) {
      throw Error("REQUEST_INVALID", "evaluate takes (program, request)");
    }
    return start_evaluate(env, program, parse_request(call[1].As<Napi::Object>(), *program));
  });
}

Napi::Value seeded_weights(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guarded(env, [&]() -> Napi::Value {
    const std::shared_ptr<Program> program = live_program(call);
    if (call.Length() < 2 || !call[1].IsObject()) throw Error("REQUEST_INVALID", "options are missing");
    const std::vector<float> values = weights_of(*program, parse_seeded(call[1].As<Napi::Object>()));
    return typed_array(env, values);
  });
}

/// Arguments: a matrix (Float64Array [n][n]) and n.
Napi::Value eigenvalues(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    if (call.Length() < 2) throw Error("REQUEST_INVALID", "matrix and n are needed");
    const std::vector<double> matrix = values<double>(call[0], "matrix");
    const int32_t n = integer(call[1], "n");
    if (n < 1 || std::ssize(matrix) != int64_t{n} * n) {
      throw Error("REQUEST_INVALID", "matrix has " + std::to_string(matrix.size()) +
                                         " values; n x n are needed, and n is " + std::to_string(n));
    }
    return typed_array(call.Env(), symmetric_eigenvalues(matrix, n));
  });
}

/// Arguments: rows (Float32Array [n][length]) and n. Null where a row has no correlations.
Napi::Value row_correlations(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    if (call.Length() < 2) throw Error("REQUEST_INVALID", "rows and n are needed");
    const std::vector<float> rows = values<float>(call[0], "rows");
    const int32_t n = integer(call[1], "n");
    if (n < 1 || rows.empty() || rows.size() % n != 0) {
      throw Error("REQUEST_INVALID", "rows has " + std::to_string(rows.size()) +
                                         " values; a multiple of n is needed, and n is " + std::to_string(n));
    }
    const std::vector<double> found = correlations(rows, n);
    if (found.empty()) return call.Env().Null();
    return typed_array(call.Env(), found);
  });
}

Napi::Value dispose(const Napi::CallbackInfo& call) {
  program_handle(call).reset();
  return call.Env().Undefined();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  install_calls(env);
  exports.Set("info", Napi::Function::New(env, info));
  exports.Set("compile", Napi::Function::New(env, compile));
  exports.Set("evaluate", Napi::Function::New(env, evaluate_request));
  exports.Set("seededWeights", Napi::Function::New(env, seeded_weights));
  exports.Set("symmetricEigenvalues", Napi::Function::New(env, eigenvalues));
  exports.Set("rowCorrelations", Napi::Function::New(env, row_correlations));
  exports.Set("dispose", Napi::Function::New(env, dispose));
  add_file_lock(env, exports);
  add_crash_mark(env, exports);
  add_trainer_functions(env, exports);
  return exports;
}

}  // namespace
}  // namespace tenas::binding

Napi::Object InitialiseAddon(Napi::Env env, Napi::Object exports) {
  return tenas::binding::initialise(env, exports);
}

NODE_API_MODULE(tenas_native, InitialiseAddon)
