#include "binding/jobs.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <set>
#include <system_error>

#include "base/error.hpp"

namespace tenas::binding {
namespace {

/// All jobs of the process. An exit of the process ends no environments, so it has to see to them itself.
class ProcessJobs {
 public:
  static ProcessJobs& instance() {
    static auto* jobs = new ProcessJobs();  // never destroyed: threads may still run while the process exits
    return *jobs;
  }

  void add(Job& job) {
    const std::lock_guard lock(mutex_);
    jobs_.insert(&job);
  }
  /// True if its outcome is still wanted.
  bool remove(Job& job) {
    const std::lock_guard lock(mutex_);
    jobs_.erase(&job);
    none_.notify_all();
    return !exiting_;
  }

 private:
  /// How long an exit waits for what it has cancelled. After that the jobs end with the process.
  static constexpr std::chrono::seconds kPatience{1};

  ProcessJobs() {
    keep_loaded();
    std::atexit([] { instance().exit(); });
  }

  /// Node unloads an addon with the last worker that loaded it, but its idle threads stay.
  static void keep_loaded() {
    Dl_info own;
    if (dladdr(reinterpret_cast<const void*>(&ProcessJobs::instance), &own) == 0) return;
    dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }

  void exit() {
    std::unique_lock lock(mutex_);
    exiting_ = true;
    for (Job* const job : jobs_) job->cancel();
    none_.wait_for(lock, kPatience, [&] { return jobs_.empty(); });
  }

  std::mutex mutex_;
  std::condition_variable none_;
  std::set<Job*> jobs_;
  bool exiting_ = false;
};

}  // namespace

void Jobs::install(Napi::Env env) {
  ProcessJobs::instance();
  env.SetInstanceData(new Jobs(env));
}

Jobs& Jobs::of(Napi::Env env) {
  return *env.GetInstanceData<Jobs>();
}

Jobs::Jobs(Napi::Env env) : env_(env), finished_(Finished::New(env, "tenas", 0, 1, this)) {
  finished_.Unref(env);
  // After the function above, so that `end` comes before the function's own end.
  env.AddCleanupHook([this] { end(); });
}

void Jobs::start(std::unique_ptr<Job> job) {
  Running& running = running_.emplace_back();
  running.job = std::move(job);
  ProcessJobs::instance().add(*running.job);
  try {
    running.thread = std::thread([this, &running] { run(running); });
  } catch (const std::system_error& error) {
    ProcessJobs::instance().remove(*running.job);
    running_.pop_back();
    throw Error("OUT_OF_MEMORY", std::string("the system refused another thread: ") + error.what());
  }
  if (running_.size() == 1) finished_.Ref(env_);
}

void Jobs::run(Running& running) {
  running.job->run();
  if (ProcessJobs::instance().remove(*running.job)) finished_.NonBlockingCall(&running);
}

void Jobs::call_finish(Napi::Env env, Napi::Function, Jobs* jobs, Running* running) {
  if (env != nullptr) jobs->finish(*running);
}

void Jobs::finish(Running& running) {
  running.thread.join();
  const std::unique_ptr<Job> job = std::move(running.job);
  running_.remove_if([&](const Running& each) { return &each == &running; });
  if (running_.empty()) finished_.Unref(env_);
  try {
    job->settle(env_);
  } catch (const Napi::Error&) {
    // The environment no longer runs JavaScript: it is about to end, and nobody waits for the outcome.
  }
}

void Jobs::end() {
  for (Running& running : running_) running.job->cancel();
  for (Running& running : running_) running.thread.join();
  running_.clear();
}

}  // namespace tenas::binding
