// A call of JavaScript in flight. pending_calls.cpp gives it a thread; the WebAssembly build, which has none,
// runs it at once (native/wasm/immediate_calls.cpp).
#pragma once

#include <napi.h>

#include <memory>

namespace tenas::binding {

/// A call of JavaScript that works and then answers.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
  /// Does the work, on the call's thread if it has one. Must not touch JavaScript values: they may be gone.
  virtual void run() noexcept = 0;
  /// Makes `run` return soon. From any thread.
  virtual void cancel() = 0;
  /// Hands the outcome over, on the environment's thread after `run`. Not called where the environment ends
  /// first.
  virtual void settle(Napi::Env env) = 0;
};

/// Prepares an environment for calls; once, before any is started.
void install_calls(Napi::Env env);

/// Starts a call. Throws Error OUT_OF_MEMORY where the system refuses another thread.
void start_pending(Napi::Env env, std::unique_ptr<PendingCall> call);

}  // namespace tenas::binding
