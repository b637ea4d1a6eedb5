#pragma once

#include <napi.h>

namespace tenas::binding {

/// Adds markCrashes(path) and unmarkCrashes(place). Between the two, the file at the path is made if the
/// process crashes.
void add_crash_mark(Napi::Env env, Napi::Object exports);

}  // namespace tenas::binding
