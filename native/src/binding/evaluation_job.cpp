#include "binding/evaluation_job.hpp"

#include <optional>
#include <string>
#include <thread>

#include "binding/errors.hpp"

namespace tenas::binding {
namespace {

struct Failure {
  std::string code, message;
};

struct Job {
  Job(Napi::Env env, std::shared_ptr<Program> program, Request request, const Napi::Int32Array& control)
      : program(std::move(program)),
        request(std::move(request)),
        deferred(Napi::Promise::Deferred::New(env)),
        control(Napi::Persistent(control)) {}

  void run() {
    try {
      results = evaluate(*program, request);
    } catch (const Error& error) {
      failure = {error.code(), error.what()};
    } catch (const std::bad_alloc&) {
      failure = {"OUT_OF_MEMORY", "out of memory"};
    } catch (const std::exception& error) {
      failure = {"INTERNAL", error.what()};
    }
  }

  std::shared_ptr<Program> program;
  Request request;
  Napi::Promise::Deferred deferred;
  Napi::Reference<Napi::Int32Array> control;
  std::vector<Evaluation> results;
  std::optional<Failure> failure;
};

template <class Array, class T>
Array typed_array(Napi::Env env, const std::vector<T>& values) {
  Array array = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

Napi::Object evaluation_object(Napi::Env env, const Request& request, const Evaluation& evaluation) {
  Napi::Object object = Napi::Object::New(env);
  if (const auto* regions = std::get_if<RegionsTask>(&request.task)) {
    object.Set("regions", static_cast<double>(evaluation.regions));
    object.Set("neurons", static_cast<double>(evaluation.neurons));
    if (regions->popcounts) object.Set("popcounts", typed_array<Napi::Int32Array>(env, evaluation.popcounts));
    return object;
  }
  object.Set("logits", typed_array<Napi::Float32Array>(env, evaluation.logits));
  if (std::holds_alternative<ForwardTask>(request.task)) {
    object.Set("statistics", typed_array<Napi::Float32Array>(env, evaluation.statistics));
  } else {
    object.Set("kernel", typed_array<Napi::Float64Array>(env, evaluation.kernel));
    object.Set("eigenvalues", typed_array<Napi::Float64Array>(env, evaluation.eigenvalues));
  }
  return object;
}

void settle(Napi::Env env, Job& job) {
  if (job.failure) {
    job.deferred.Reject(coded_error(env, job.failure->code, job.failure->message).Value());
    return;
  }
  Napi::Array list = Napi::Array::New(env, job.results.size());
  for (size_t i = 0; i < job.results.size(); ++i) {
    list.Set(static_cast<uint32_t>(i), evaluation_object(env, job.request, job.results[i]));
  }
  job.deferred.Resolve(list);
}

}  // namespace

Napi::Promise start_evaluation(Napi::Env env, std::shared_ptr<Program> program, Request request,
                               const Napi::Int32Array& control) {
  // Owned by the completion call below; unique ownership passes through the thread as a shared pointer.
  auto job = std::make_shared<Job>(env, std::move(program), std::move(request), control);
  const Napi::Promise promise = job->deferred.Promise();
  auto finished = Napi::ThreadSafeFunction::New(
      env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "tenas evaluation", 0, 1);
  std::thread([job = std::move(job), finished]() mutable {
    job->run();
    auto* held = new std::shared_ptr<Job>(std::move(job));
    const napi_status status =
        finished.BlockingCall(held, [](Napi::Env callback_env, Napi::Function, std::shared_ptr<Job>* done) {
          const std::unique_ptr<std::shared_ptr<Job>> owner(done);
          if (callback_env == nullptr) return;
          const Napi::HandleScope scope(callback_env);
          settle(callback_env, **owner);
        });
    // If the environment is going away the job is left alone: its JavaScript references must not be touched
    // here.
    (void)status;
    finished.Release();
  }).detach();
  return promise;
}

}  // namespace tenas::binding
