// Calls in flight of a JavaScript environment, which may end at any moment: the main thread's by
// process.exit, a worker's by terminate as well.
#pragma once

#include <napi.h>

#include <list>
#include <memory>
#include <thread>

namespace tenas::binding {

/// A call of JavaScript that works on a thread of its own and then answers.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
  /// Does the work, on the call's thread. Must not touch JavaScript values: they may be gone.
  virtual void run() noexcept = 0;
  /// Makes `run` return soon. From any thread.
  virtual void cancel() = 0;
  /// Hands the outcome over, on the environment's thread after `run`. Not called where the environment ends
  /// first.
  virtual void settle(Napi::Env env) = 0;
};

/// The calls of one environment. They keep it alive while they run; if it ends regardless, they are
/// cancelled and waited for, so that nothing of them outlives it.
class PendingCalls {
 public:
  /// Gives an environment its calls; once, before any is started.
  static void install(Napi::Env env);
  /// The calls of an environment.
  static PendingCalls& of(Napi::Env env);

  explicit PendingCalls(Napi::Env env);
  PendingCalls(const PendingCalls&) = delete;
  PendingCalls& operator=(const PendingCalls&) = delete;

  /// Starts a call. Throws Error OUT_OF_MEMORY where the system refuses another thread.
  void start(std::unique_ptr<PendingCall> call);

 private:
  struct Running {
    std::unique_ptr<PendingCall> call;
    std::thread thread;
  };
  static void call_finish(Napi::Env env, Napi::Function, PendingCalls* calls, Running* running);
  using Finished = Napi::TypedThreadSafeFunction<PendingCalls, Running, &PendingCalls::call_finish>;

  void run(Running& running);
  void finish(Running& running);
  void end();

  Napi::Env env_;
  Finished finished_;
  std::list<Running> running_;  // of the environment's thread alone
};

}  // namespace tenas::binding
