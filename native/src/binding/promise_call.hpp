// A call in flight that settles a Promise.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/cancel.hpp"
#include "binding/errors.hpp"
#include "binding/pending_call.hpp"

namespace tenas::binding {

/// Runs `work` on a thread of its own; `show` makes its answer a JavaScript value.
template <class Work, class Show>
class PromiseCall final : public PendingCall {
 public:
  using Answer = std::invoke_result_t<Work&, const CancelFlag&>;

  PromiseCall(Napi::Env env, std::shared_ptr<std::atomic<bool>> cancelled, Work work, Show show)
      : cancelled_(std::move(cancelled)),
        work_(std::move(work)),
        show_(std::move(show)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void run() noexcept override {
    try {
      answer_ = (*work_)(CancelFlag(cancelled_.get()));
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
    work_.reset();  // what it holds is free before JavaScript goes on
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

  const std::shared_ptr<std::atomic<bool>> cancelled_;
  std::optional<Work> work_;
  const Show show_;
  Napi::Promise::Deferred deferred_;
  std::optional<Answer> answer_;
  std::optional<Failure> failure_;
};

/// Starts a call and returns what JavaScript holds of it: { result, cancel }, a Promise of the answer and a
/// function that sets `cancelled`.
template <class Work, class Show>
Napi::Object start_call(Napi::Env env, std::shared_ptr<std::atomic<bool>> cancelled, Work work, Show show) {
  auto call = std::make_unique<PromiseCall<Work, Show>>(env, cancelled, std::move(work), std::move(show));
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("result", call->promise());
  handle.Set("cancel", Napi::Function::New(env, [cancelled](const Napi::CallbackInfo& info) {
               *cancelled = true;
               return info.Env().Undefined();
             }));
  start_pending(env, std::move(call));
  return handle;
}

}  // namespace tenas::binding
