// On which processor a thread runs.
#pragma once

namespace tenas {

/// The processor that runs the calling thread; -1 where the system does not say.
int current_processor();

/// Moves the calling thread to another of the processors that it may use, if there is one. Where it may run
/// stays as it was. Virtual machines often wake a thread on the processor of the one that woke it, and leave
/// both there for tens of milliseconds while others idle.
void leave_processor(int processor);

}  // namespace tenas
