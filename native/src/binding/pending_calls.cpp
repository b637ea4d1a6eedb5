#include "binding/pending_calls.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "runtime/fault_stack.hpp"

namespace tenas::binding {
namespace {

/// All calls of the process. An exit of the process ends no environments, so it has to see to them itself.
class ProcessCalls {
 public:
  static ProcessCalls& instance() {
    static auto* calls =
        new ProcessCalls();  // never destroyed: threads may still run while the process exits
    return *calls;
  }

  void add(PendingCall& call) {
    const std::lock_guard lock(mutex_);
    calls_.insert(&call);
  }
  /// True if its outcome is still wanted.
  bool remove(PendingCall& call) {
    const std::lock_guard lock(mutex_);
    calls_.erase(&call);
    none_.notify_all();
    return !exiting_;
  }

 private:
  /// How long an exit waits for what it has cancelled. After that the calls end with the process.
  static constexpr std::chrono::seconds kPatience{1};

  ProcessCalls() {
    keep_loaded();
    std::atexit([] { instance().exit(); });
  }

  /// Node unloads an addon with the last worker that loaded it, but its idle threads stay.
  static void keep_loaded() {
    Dl_info own;
    if (dladdr(reinterpret_cast<const void*>(&ProcessCalls::instance), &own) == 0) return;
    dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }

  void exit() {
    std::unique_lock lock(mutex_);
    exiting_ = true;
    for (PendingCall* const call : calls_) call->cancel();
    none_.wait_for(lock, kPatience, [&] { return calls_.empty(); });
  }

  std::mutex mutex_;
  std::condition_variable none_;
  std::set<PendingCall*> calls_;
  bool exiting_ = false;
};

/// Threads without work that an environment keeps: enough for calls one after another, or a few at a time.
constexpr size_t kIdleThreads = 4;

}  // namespace

CallThread::CallThread() : thread_([this] { serve(); }) {}

CallThread::~CallThread() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void CallThread::run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = std::move(work);
  }
  wake_.notify_one();
}

void CallThread::serve() {
  give_fault_stack();
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return work_ || ended_; });
      if (!work_) return;
      work = std::exchange(work_, nullptr);
    }
    work();
  }
}

void install_calls(Napi::Env env) {
  PendingCalls::install(env);
}

void start_pending(Napi::Env env, std::unique_ptr<PendingCall> call) {
  PendingCalls::of(env).start(std::move(call));
}

void PendingCalls::install(Napi::Env env) {
  ProcessCalls::instance();
  env.SetInstanceData(new PendingCalls(env));
}

PendingCalls& PendingCalls::of(Napi::Env env) {
  return *env.GetInstanceData<PendingCalls>();
}

PendingCalls::PendingCalls(Napi::Env env) : env_(env), finished_(Finished::New(env, "tenas", 0, 1, this)) {
  finished_.Unref(env);
  // After the function above, so that `end` comes before the function's own end.
  env.AddCleanupHook([this] { end(); });
}

void PendingCalls::start(std::unique_ptr<PendingCall> call) {
  Running& running = running_.emplace_back();
  running.call = std::move(call);
  ProcessCalls::instance().add(*running.call);
  try {
    running.thread = take_thread();
  } catch (const std::system_error& error) {
    ProcessCalls::instance().remove(*running.call);
    running_.pop_back();
    throw Error("OUT_OF_MEMORY", std::string("the system refused another thread: ") + error.what());
  }
  running.thread->run([this, &running] { run(running); });
  if (running_.size() == 1) finished_.Ref(env_);
}

std::unique_ptr<CallThread> PendingCalls::take_thread() {
  if (idle_.empty()) return std::make_unique<CallThread>();
  std::unique_ptr<CallThread> thread = std::move(idle_.back());
  idle_.pop_back();
  return thread;
}

void PendingCalls::run(Running& running) {
  running.call->run();
  if (ProcessCalls::instance().remove(*running.call)) finished_.NonBlockingCall(&running);
}

void PendingCalls::call_finish(Napi::Env env, Napi::Function, PendingCalls* calls, Running* running) {
  if (env != nullptr) calls->finish(*running);
}

void PendingCalls::finish(Running& running) {
  const std::unique_ptr<PendingCall> call = std::move(running.call);
  if (idle_.size() < kIdleThreads) idle_.push_back(std::move(running.thread));
  running_.remove_if([&](const Running& each) { return &each == &running; });
  if (running_.empty()) finished_.Unref(env_);
  try {
    call->settle(env_);
  } catch (const Napi::Error&) {
    // The environment no longer runs JavaScript: it is about to end, and nobody waits for the outcome.
  }
}

void PendingCalls::end() {
  for (Running& running : running_) running.call->cancel();
  running_.clear();
  idle_.clear();
}

}  // namespace tenas::binding
