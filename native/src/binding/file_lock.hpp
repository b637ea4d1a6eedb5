#pragma once

#include <napi.h>

namespace tenas::binding {

/// Adds lockFile(fd), which keeps other processes off a file for as long as it is open. Answers whether it
/// has the lock.
void add_file_lock(Napi::Env env, Napi::Object exports);

}  // namespace tenas::binding
