#include "binding/crash_mark.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "binding/errors.hpp"
#include "binding/fields.hpp"
#include "runtime/fault_stack.hpp"

namespace tenas::binding {
namespace {

struct Fault {
  int signal;
  std::string_view name;
};

/// Signals by which code ends its own process: bad accesses, abort, traps.
constexpr std::array<Fault, 6> kFaults{{{SIGSEGV, "SIGSEGV"},
                                        {SIGBUS, "SIGBUS"},
                                        {SIGABRT, "SIGABRT"},
                                        {SIGFPE, "SIGFPE"},
                                        {SIGILL, "SIGILL"},
                                        {SIGTRAP, "SIGTRAP"}}};

/// The path of one mark. The handler reads it, and may not allocate or lock.
struct Place {
  static constexpr size_t kLongest = 4095;
  std::atomic<bool> used{false};
  std::array<char, kLongest + 1> path{};
};

/// Marks at the same time: batches of one process.
std::array<Place, 8> places;
std::mutex changing;
bool installed = false;
std::array<struct sigaction, kFaults.size()> previous;

void write_marks(std::string_view name) {
  for (const Place& place : places) {
    if (!place.used.load()) continue;
    const int file = open(place.path.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) continue;
    // A mark that could not be written to is one, too.
    [[maybe_unused]] const ssize_t written = write(file, name.data(), name.size());
    close(file);
  }
}

void remove_marks() {
  for (const Place& place : places) {
    if (place.used.load()) unlink(place.path.data());
  }
}

void on_fault(int signal, siginfo_t* about, void* context);

/// Whether the handler before ours handled the signal: it is ours again that hears of the next one.
bool is_ours(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
         now.sa_sigaction == on_fault;
}

void end_by(int signal) {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  sigaction(signal, &plain, nullptr);
  // Held back until the handler returns.
  raise(signal);
}

/// Async-signal-safe: whatever thread runs into a fault runs this.
void on_fault(int signal, siginfo_t* about, void* context) {
  const int error = errno;
  // A positive code is the kernel's. Others are sent by a process; `kill` of somebody else is no crash.
  const bool own = about->si_code > 0 || about->si_pid == getpid();
  size_t which = 0;
  while (kFaults[which].signal != signal) ++which;
  if (own) write_marks(kFaults[which].name);
  const struct sigaction& before = previous[which];
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, about, context);
    // Node handles bad accesses of WebAssembly, which goes on with an exception.
    if (own && is_ours(signal)) remove_marks();
  } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
    end_by(signal);
  } else {
    before.sa_handler(signal);
    if (own && is_ours(signal)) remove_marks();
  }
  errno = error;
}

/// Stays for as long as the process: the addon is never unloaded (pending_calls.cpp).
void install() {
  if (installed) return;
  installed = true;
  for (size_t which = 0; which < kFaults.size(); ++which) {
    struct sigaction ours {};
    ours.sa_sigaction = on_fault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    sigaction(kFaults[which].signal, &ours, &previous[which]);
  }
}

Napi::Value mark_crashes(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    if (call.Length() < 1) refuse("markCrashes takes a path");
    const std::string path = text(call[0], "path");
    const std::lock_guard lock(changing);
    for (size_t index = 0; index < places.size(); ++index) {
      Place& place = places[index];
      if (place.used.load() || path.size() > Place::kLongest) continue;
      std::memcpy(place.path.data(), path.c_str(), path.size() + 1);
      place.used.store(true);
      install();
      // Of the thread that runs JavaScript; threads of the engine have theirs from their start.
      give_fault_stack();
      return Napi::Number::New(call.Env(), static_cast<double>(index));
    }
    return Napi::Number::New(call.Env(), -1);
  });
}

Napi::Value unmark_crashes(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    if (call.Length() < 1) refuse("unmarkCrashes takes a place");
    const int32_t index = integer(call[0], "place");
    const std::lock_guard lock(changing);
    if (index >= 0 && index < std::ssize(places)) places[static_cast<size_t>(index)].used.store(false);
    return call.Env().Undefined();
  });
}

}  // namespace

void add_crash_mark(Napi::Env env, Napi::Object exports) {
  exports.Set("markCrashes", Napi::Function::New(env, mark_crashes));
  exports.Set("unmarkCrashes", Napi::Function::New(env, unmark_crashes));
}

}  // namespace tenas::binding
