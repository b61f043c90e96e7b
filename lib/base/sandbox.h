/* sandbox.h: give up what a process does not need, for good. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stddef.h>

#include "base/err.h"

/*
 * Each function narrows the calling process and cannot be undone.  A call
 * outside the profile kills the process (SIGSYS): it has been taken over.
 * Under a sanitizer, which needs system calls and address space of its own,
 * the filters and the memory limit are left out; the rest still applies.
 *
 * Threads must be started, libraries initialised and the log opened before
 * sandbox_enter: no profile but SANDBOX_REMOTE may start a thread, and none
 * may map code.
 */
enum sandbox_profile {
	/*
	 * Talks to an open connection and an open socket pair: read, write,
	 * poll, time, memory, exit.  Opens nothing, starts nothing.  May
	 * end, with kill(2), and await those children that the calling
	 * thread has when it enters.
	 */
	SANDBOX_PULLER,

	/*
	 * Keys and repository: files too, threads that exist already; no
	 * exec, no ptrace, no new socket; send and recv on open ones, and
	 * children as in SANDBOX_PULLER.
	 */
	SANDBOX_KEEPER,

	/*
	 * Speaks to a remote target: sockets of the Internet, new ones too,
	 * and their names, but none of this machine (EACCES); reads files
	 * (never opens one for writing: EPERM); starts threads, for a
	 * resolver, but no program, and no library that is not there yet.
	 */
	SANDBOX_REMOTE,

	/*
	 * Reads files: never opens one for writing (EPERM), never removes,
	 * renames or changes one; no exec, no socket.  openat2 is ENOSYS.
	 * May set the niceness of threads that there are when it enters.
	 */
	SANDBOX_AGENT
};

/* No core dump, no ptrace by other processes, no new privileges. */
int	 sandbox_harden(void) ERR_MUST_USE;

/* Install the profile's filter for all threads of the process. */
int	 sandbox_enter(enum sandbox_profile profile) ERR_MUST_USE;

/* Limit the address space to bytes (0: leave it). */
int	 sandbox_limit_memory(size_t bytes) ERR_MUST_USE;

#endif /* BASE_SANDBOX_H */
