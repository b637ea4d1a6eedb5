// Tasks from JavaScript and answers to it; the format is that of native/ts/tasks.ts.
#pragma once

#include <napi.h>

#include <string>

#include "tasks/task.hpp"

namespace tenas::binding {

/// The task that an object with a field `kind` describes. Throws Error REQUEST_INVALID naming the field,
/// which begins with `name`.
Task parse_task(const Napi::Object& object, const std::string& name);

/// An answer as an object. `task` is the one that it answers.
Napi::Object answer_object(Napi::Env env, const Task& task, const Answer& answer);

}  // namespace tenas::binding
