// One call of a trainer in flight.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "binding/errors.hpp"
#include "binding/pending_calls.hpp"
#include "runtime/trainer.hpp"

namespace tenas::binding {

/// Runs `work` on a thread of its own; `show` makes its answer a JavaScript value.
template <class Answer, class Work, class Show>
class TrainerCall final : public PendingCall {
 public:
  TrainerCall(Napi::Env env, std::unique_ptr<Trainer::Turn> turn, Work work, Show show)
      : turn_(std::move(turn)),
        work_(std::move(work)),
        show_(std::move(show)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }
  std::shared_ptr<std::atomic<bool>> cancelled() const { return cancelled_; }

  void run() noexcept override {
    try {
      answer_ = work_(*turn_, CancelFlag(cancelled_.get()));
    } catch (const Error& error) {
      failure_ = {error.code(), error.what()};
    } catch (const std::bad_alloc&) {
      failure_ = {"OUT_OF_MEMORY", "out of memory"};
    } catch (const std::exception& error) {
      failure_ = {"INTERNAL", error.what()};
    }
  }

  void cancel() override { *cancelled_ = true; }

  void settle(Napi::Env env) override {
    turn_.reset();
    if (failure_) {
      deferred_.Reject(coded_error(env, failure_->code, failure_->message).Value());
      return;
    }
    try {
      deferred_.Resolve(show_(env, *answer_));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

 private:
  struct Failure {
    std::string code, message;
  };

  std::unique_ptr<Trainer::Turn> turn_;
  const Work work_;
  const Show show_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  Napi::Promise::Deferred deferred_;
  std::optional<Answer> answer_;
  std::optional<Failure> failure_;
};

/// Starts a call and returns what JavaScript holds of it: { result, cancel }.
template <class Answer, class Work, class Show>
Napi::Value start_trainer_call(Napi::Env env, std::unique_ptr<Trainer::Turn> turn, Work work, Show show) {
  auto pending = std::make_unique<TrainerCall<Answer, Work, Show>>(env, std::move(turn), std::move(work),
                                                                   std::move(show));
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("result", pending->promise());
  handle.Set("cancel",
             Napi::Function::New(env, [cancelled = pending->cancelled()](const Napi::CallbackInfo& call) {
               *cancelled = true;
               return call.Env().Undefined();
             }));
  PendingCalls::of(env).start(std::move(pending));
  return handle;
}

}  // namespace tenas::binding
