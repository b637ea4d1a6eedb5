#include "binding/evaluation_job.hpp"

#include <optional>
#include <string>
#include <thread>

#include "binding/errors.hpp"
#include "binding/task_codec.hpp"

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
      response = evaluate(*program, request);
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
  Response response;
  std::optional<Failure> failure;
};

Napi::Object response_object(Napi::Env env, const Request& request, const Response& response) {
  Napi::Array evaluations = Napi::Array::New(env, response.evaluations.size());
  for (size_t i = 0; i < response.evaluations.size(); ++i) {
    Napi::Array answers = Napi::Array::New(env, request.tasks.size());
    for (size_t t = 0; t < request.tasks.size(); ++t) {
      answers.Set(static_cast<uint32_t>(t), answer_object(env, request.tasks[t], response.evaluations[i][t]));
    }
    evaluations.Set(static_cast<uint32_t>(i), answers);
  }
  Napi::Array notes = Napi::Array::New(env);
  if (!response.note.empty()) notes.Set(uint32_t{0}, response.note);
  Napi::Object object = Napi::Object::New(env);
  object.Set("device", response.on_cuda ? "cuda" : "cpu");
  object.Set("notes", notes);
  object.Set("evaluations", evaluations);
  return object;
}

void settle(Napi::Env env, Job& job) {
  if (job.failure) {
    job.deferred.Reject(coded_error(env, job.failure->code, job.failure->message).Value());
    return;
  }
  job.deferred.Resolve(response_object(env, job.request, job.response));
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
