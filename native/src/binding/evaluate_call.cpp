#include "binding/evaluate_call.hpp"

#include "binding/promise_call.hpp"
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

}  // namespace

Napi::Object start_evaluate(Napi::Env env, std::shared_ptr<Program> program, Request request) {
  const std::shared_ptr<Control> control = request.control;
  const auto shared = std::make_shared<const Request>(std::move(request));
  Napi::Object handle = start_call(
      env, std::shared_ptr<std::atomic<bool>>(control, &control->cancelled),
      [program = std::move(program), shared](const CancelFlag&) { return evaluate(*program, *shared); },
      [shared](Napi::Env own, const Response& response) { return response_object(own, *shared, response); });
  handle.Set("finished", Napi::Function::New(env, [control](const Napi::CallbackInfo& info) {
               return Napi::Number::New(info.Env(), static_cast<double>(control->finished.load()));
             }));
  return handle;
}

}  // namespace tenas::binding
