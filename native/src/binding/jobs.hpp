// Work in flight on behalf of a JavaScript environment, which may end at any moment: the main thread's by
// process.exit, a worker's by terminate as well.
#pragma once

#include <napi.h>

#include <list>
#include <memory>
#include <thread>

namespace tenas::binding {

/// Work on a thread of its own that then answers JavaScript.
class Job {
 public:
  virtual ~Job() = default;
  /// Does the work, on the job's thread. Must not touch JavaScript values: they may be gone.
  virtual void run() noexcept = 0;
  /// Makes `run` return soon. From any thread.
  virtual void cancel() = 0;
  /// Hands the outcome over, on the environment's thread after `run`. Not called where the environment ends
  /// first.
  virtual void settle(Napi::Env env) = 0;
};

/// The jobs of one environment. They keep it alive while they run; where it ends all the same they are
/// cancelled and waited for, so that nothing of them outlives it.
class Jobs {
 public:
  /// Gives an environment its jobs; once, before any is started.
  static void install(Napi::Env env);
  /// The jobs of an environment.
  static Jobs& of(Napi::Env env);

  explicit Jobs(Napi::Env env);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Starts a job. Throws Error OUT_OF_MEMORY where the system refuses another thread.
  void start(std::unique_ptr<Job> job);

 private:
  struct Running {
    std::unique_ptr<Job> job;
    std::thread thread;
  };
  static void call_finish(Napi::Env env, Napi::Function, Jobs* jobs, Running* running);
  using Finished = Napi::TypedThreadSafeFunction<Jobs, Running, &Jobs::call_finish>;

  void run(Running& running);
  void finish(Running& running);
  void end();

  Napi::Env env_;
  Finished finished_;
  std::list<Running> running_;  // of the environment's thread alone
};

}  // namespace tenas::binding
