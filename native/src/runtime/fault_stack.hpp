// Room for handlers of faults where a thread's own stack has overflowed.
#pragma once

namespace tenas {

/// Gives the calling thread a second stack until it ends, on which handlers with SA_ONSTACK run. A thread
/// that has one keeps it; where the system has no memory for it, the thread goes without. Cheap after the
/// first call.
void give_fault_stack();

}  // namespace tenas
