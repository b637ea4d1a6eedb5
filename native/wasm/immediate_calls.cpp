// Calls of JavaScript where there are no threads: each runs to its end before JavaScript goes on.
#include "binding/pending_call.hpp"

namespace tenas::binding {

void install_calls(Napi::Env) {}

void start_pending(Napi::Env env, std::unique_ptr<PendingCall> call) {
  call->run();
  call->settle(env);
}

}  // namespace tenas::binding
