// Calls in flight of a JavaScript environment, which may end at any moment: the main thread's by
// process.exit, a worker's by terminate as well.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "binding/pending_call.hpp"

namespace tenas::binding {

/// A thread that runs one piece of work after another. Work that reuses a thread finds the memory that the
/// allocator keeps for it warm.
class CallThread {
 public:
  /// Throws std::system_error where the system refuses another thread.
  CallThread();
  /// Waits for the work that was given.
  ~CallThread();
  CallThread(const CallThread&) = delete;
  CallThread& operator=(const CallThread&) = delete;

  /// Gives the thread its next piece of work; not before the last one has reported its end.
  void run(std::function<void()> work);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::function<void()> work_;
  bool ended_ = false;
  std::thread thread_;  // last, because it uses the others
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
  /// The thread is destroyed, and so joined, before the call that it runs.
  struct Running {
    std::unique_ptr<PendingCall> call;
    std::unique_ptr<CallThread> thread;
  };
  static void call_finish(Napi::Env env, Napi::Function, PendingCalls* calls, Running* running);
  using Finished = Napi::TypedThreadSafeFunction<PendingCalls, Running, &PendingCalls::call_finish>;

  void run(Running& running);
  void finish(Running& running);
  void end();
  std::unique_ptr<CallThread> take_thread();

  Napi::Env env_;
  Finished finished_;
  // Of the environment's thread alone.
  std::list<Running> running_;
  std::vector<std::unique_ptr<CallThread>> idle_;
};

}  // namespace tenas::binding
