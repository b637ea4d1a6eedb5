#include "binding/evaluate_call.hpp"

#include <optional>
#include <string>

#include "binding/errors.hpp"
#include "binding/pending_calls.hpp"
#include "binding/task_codec.hpp"

namespace tenas::binding {
namespace {

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

class EvaluateCall final : public PendingCall {
 public:
  EvaluateCall(Napi::Env env, std::shared_ptr<Program> program, Request request)
      : program_(std::move(program)),
        request_(std::move(request)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void run() noexcept override {
    try {
      response_ = evaluate(*program_, request_);
    } catch (const Error& error) {
      failure_ = {error.code(), error.what()};
    } catch (const std::bad_alloc&) {
      failure_ = {"OUT_OF_MEMORY", "out of memory"};
    } catch (const std::exception& error) {
      failure_ = {"INTERNAL", error.what()};
    }
  }

  void cancel() override { request_.control->cancelled = true; }

  void settle(Napi::Env env) override {
    if (failure_) {
      deferred_.Reject(coded_error(env, failure_->code, failure_->message).Value());
      return;
    }
    try {
      deferred_.Resolve(response_object(env, request_, response_));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

 private:
  struct Failure {
    std::string code, message;
  };

  std::shared_ptr<Program> program_;
  Request request_;
  Napi::Promise::Deferred deferred_;
  Response response_;
  std::optional<Failure> failure_;
};

}  // namespace

Napi::Object start_evaluate(Napi::Env env, std::shared_ptr<Program> program, Request request) {
  const std::shared_ptr<Control> control = request.control;
  auto call = std::make_unique<EvaluateCall>(env, std::move(program), std::move(request));
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("result", call->promise());
  handle.Set("finished", Napi::Function::New(env, [control](const Napi::CallbackInfo& info) {
               return Napi::Number::New(info.Env(), static_cast<double>(control->finished.load()));
             }));
  handle.Set("cancel", Napi::Function::New(env, [control](const Napi::CallbackInfo& info) {
               control->cancelled = true;
               return info.Env().Undefined();
             }));
  PendingCalls::of(env).start(std::move(call));
  return handle;
}

}  // namespace tenas::binding
