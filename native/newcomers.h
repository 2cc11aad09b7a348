// Notices threads that allocate without having joined: workers older than the
// session, or made by a constructor that a program took before it was replaced.
// Knows nothing of sessions: it runs a script in such a thread.
#ifndef ABTRACE_NATIVE_NEWCOMERS_H_
#define ABTRACE_NATIVE_NEWCOMERS_H_

#include <string>

namespace abtrace {

// How a thread is invited:
//
//   thread allocates ──► vtable of Node's allocator class ──► ours
//        (one that has joined has a vptr of its own and does not come here)
//   ours ── asks for an interrupt ──► ours, at the next safe moment
//        ── asks for a microtask ──► ours, on an empty stack: runs the script
//
// Nothing is done inside the allocation but to ask. A thread whose program has
// not begun is not ready, and is asked again when it allocates again.
//
// From the first watch on the class's vtable stays changed if somebody else has
// changed it since; the functions then only pass calls on.

// Invites worker threads from now on to run `script`, the absolute path of a
// CommonJS file. Does nothing where the class is unknown or its vtable cannot
// be written (all but Linux). Any thread, not from inside an allocation.
void WatchNewcomers(std::string script);

// Ends that. Any thread, not from inside an allocation.
void UnwatchNewcomers();

// What stood in the vtable of Node's class before, if `function` is ours.
void* BehindWatch(void* function);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_NEWCOMERS_H_
