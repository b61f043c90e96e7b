/* sandbox.c: give up what a process does not need, for good. */
#include "config.h"

#include "base/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>

#include "base/log.h"

#ifndef KHO_SANITIZED
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define IOPRIO_PROCESS 1	/* IOPRIO_WHO_PROCESS of linux/ioprio.h */
#define LOW32 UINT32_C(0xffffffff)	/* what the kernel reads of an int */

/* What every profile may call, whatever the arguments. */
static const int calls_common[] = {
	/* memory, threads that exist, signals to oneself */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock),
	SCMP_SYS(futex), SCMP_SYS(rseq), SCMP_SYS(set_robust_list),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* time, chance, who am I */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(uname), SCMP_SYS(getrlimit),
	/* descriptors that are open */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup),
	SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(lseek),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
	SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2),
	SCMP_SYS(pipe2)
};

/* Connections that are open, and the end of a child that runs ssh. */
static const int calls_connection[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(wait4),
	SCMP_SYS(waitid)
};

/* New connections to anywhere. */
static const int calls_network[] = {
	SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(socketpair), SCMP_SYS(open)
};

/* Files, read only as far as openat(2) is. */
static const int calls_read[] = {
	SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(getdents64), SCMP_SYS(fstat), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(statfs),
	SCMP_SYS(fstatfs), SCMP_SYS(getcwd), SCMP_SYS(fadvise64),
	SCMP_SYS(readahead), SCMP_SYS(listxattr), SCMP_SYS(llistxattr),
	SCMP_SYS(flistxattr), SCMP_SYS(getxattr), SCMP_SYS(lgetxattr),
	SCMP_SYS(fgetxattr)
};

/* Files, written: what a directory store and a cache need. */
static const int calls_write[] = {
	SCMP_SYS(open), SCMP_SYS(openat2), SCMP_SYS(creat),
	SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(syncfs), SCMP_SYS(sync_file_range),
	SCMP_SYS(msync), SCMP_SYS(fallocate), SCMP_SYS(ftruncate),
	SCMP_SYS(truncate), SCMP_SYS(flock), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(rmdir), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
	SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
	SCMP_SYS(utimensat), SCMP_SYS(umask), SCMP_SYS(copy_file_range)
};

/* Allowed where (argument & mask) == value; killed elsewhere. */
struct sandbox_case {
	int		 nr;
	unsigned int	 arg;
	uint64_t	 mask, value;
};

static const struct sandbox_case cases_common[] = {
	/* No new code: memory is never executable. */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(prlimit64), 2, UINT64_MAX, 0 },	/* asking only */
	/* Not F_SETOWN, F_SETSIG: they send signals to others. */
	{ SCMP_SYS(fcntl), 1, LOW32, F_DUPFD },
	{ SCMP_SYS(fcntl), 1, LOW32, F_DUPFD_CLOEXEC },
	{ SCMP_SYS(fcntl), 1, LOW32, F_GETFD },
	{ SCMP_SYS(fcntl), 1, LOW32, F_SETFD },
	{ SCMP_SYS(fcntl), 1, LOW32, F_GETFL },
	{ SCMP_SYS(fcntl), 1, LOW32, F_SETFL }
};

static const struct sandbox_case cases_connection[] = {
	/* send(2): no address, so only where the connection leads. */
	{ SCMP_SYS(sendto), 4, UINT64_MAX, 0 }
};

static const struct sandbox_case cases_write[] = {
	{ SCMP_SYS(fcntl), 1, LOW32, F_GETLK },
	{ SCMP_SYS(fcntl), 1, LOW32, F_SETLK },
	{ SCMP_SYS(fcntl), 1, LOW32, F_SETLKW },
	{ SCMP_SYS(fcntl), 1, LOW32, F_OFD_GETLK },
	{ SCMP_SYS(fcntl), 1, LOW32, F_OFD_SETLK },
	{ SCMP_SYS(fcntl), 1, LOW32, F_OFD_SETLKW }
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
allow_calls(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

static int
allow_cases(scmp_filter_ctx ctx, const struct sandbox_case *c, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, c[i].nr, 1,
		    SCMP_CMP64(c[i].arg, SCMP_CMP_MASKED_EQ, c[i].mask,
		    c[i].value));
	return r;
}

/*
 * Allow to signal the children that the calling thread has now, and nobody
 * else: backupd and the keeper run as the same user.
 */
static int
allow_kill_children(scmp_filter_ctx ctx)
{
	struct sandbox_case one = { SCMP_SYS(kill), 0, LOW32, 0 };
	FILE *f;
	int pid, r = 0;

	if ((f = fopen("/proc/thread-self/children", "re")) == NULL)
		return 0;	/* no such list here: none may be signalled */
	while (r == 0 && fscanf(f, "%d", &pid) == 1) {
		one.value = (uint64_t)(uint32_t)pid;
		r = allow_cases(ctx, &one, 1);
	}
	fclose(f);
	return r;
}

/* What all profiles share. */
static int
add_common(scmp_filter_ctx ctx)
{
	const struct sandbox_case raise = {
		SCMP_SYS(tgkill), 0, LOW32, (uint64_t)getpid()
	};
	int r;

	if ((r = allow_calls(ctx, calls_common, COUNT(calls_common))) != 0 ||
	    (r = allow_cases(ctx, cases_common, COUNT(cases_common))) != 0 ||
	    (r = allow_cases(ctx, &raise, 1)) != 0)
		return r;
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl),
	    0);
}

/* libc asks whether a stream is a terminal; nothing else is. */
static int
refuse_ioctl(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl),
	    0);
}

static int
add_connection(scmp_filter_ctx ctx)
{
	int r;

	if ((r = allow_calls(ctx, calls_connection,
	    COUNT(calls_connection))) != 0 ||
	    (r = allow_cases(ctx, cases_connection,
	    COUNT(cases_connection))) != 0)
		return r;
	return allow_kill_children(ctx);
}

static int
add_puller(scmp_filter_ctx ctx)
{
	int r;

	if ((r = add_common(ctx)) != 0 || (r = refuse_ioctl(ctx)) != 0 ||
	    (r = add_connection(ctx)) != 0)
		return r;
	/* stdio asks for a block size, and lives without. */
	if ((r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
	    SCMP_SYS(fstat), 0)) != 0)
		return r;
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
	    SCMP_SYS(newfstatat), 0);
}

static int
add_keeper(scmp_filter_ctx ctx)
{
	int r;

	if ((r = add_common(ctx)) != 0 || (r = refuse_ioctl(ctx)) != 0 ||
	    (r = add_connection(ctx)) != 0 ||
	    (r = allow_calls(ctx, calls_read, COUNT(calls_read))) != 0 ||
	    (r = allow_calls(ctx, calls_write, COUNT(calls_write))) != 0)
		return r;
	return allow_cases(ctx, cases_write, COUNT(cases_write));
}

/*
 * Code that is not mapped yet is asked for by name services that an
 * administrator has added, and a daemon of this machine by libc's resolver:
 * both do without where they are told no.  A daemon may be ours.
 */
static int
refuse_local(scmp_filter_ctx ctx)
{
	int r;

	if ((r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap),
	    1, SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC))) != 0)
		return r;
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES),
	    SCMP_SYS(socket), 1, SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW32,
	    AF_UNIX));
}

static int
add_remote(scmp_filter_ctx ctx)
{
	static const struct sandbox_case cases[] = {
		{ SCMP_SYS(socket), 0, LOW32, AF_INET },
		{ SCMP_SYS(socket), 0, LOW32, AF_INET6 },
		/* The resolver asks which addresses this machine has. */
		{ SCMP_SYS(socket), 0, LOW32, AF_NETLINK },
		{ SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD },
		/* The resolver asks how much an answer has. */
		{ SCMP_SYS(ioctl), 1, LOW32, FIONREAD },
		{ SCMP_SYS(ioctl), 1, LOW32, TCGETS }
	};
	int r;

	if ((r = add_common(ctx)) != 0 || (r = add_connection(ctx)) != 0 ||
	    (r = allow_calls(ctx, calls_read, COUNT(calls_read))) != 0 ||
	    (r = allow_calls(ctx, calls_network, COUNT(calls_network))) != 0 ||
	    (r = allow_cases(ctx, cases, COUNT(cases))) != 0 ||
	    (r = refuse_local(ctx)) != 0)
		return r;
	/* Its flags lie in memory; libc does with clone(2). */
	if ((r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(clone3), 0)) != 0)
		return r;
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(openat2), 0);
}

/* Allow to lower the threads that there are, and nobody else. */
static int
allow_lower_threads(scmp_filter_ctx ctx)
{
	static const int calls[] = {
		SCMP_SYS(getpriority), SCMP_SYS(setpriority),
		SCMP_SYS(ioprio_get), SCMP_SYS(ioprio_set)
	};
	const struct dirent *e;
	DIR *d;
	size_t i;
	int tid, which, r = 0;

	if ((d = opendir("/proc/self/task")) == NULL)
		return 0;	/* then they are not found later either */
	while (r == 0 && (e = readdir(d)) != NULL) {
		if ((tid = atoi(e->d_name)) <= 0)
			continue;
		for (i = 0; i < COUNT(calls) && r == 0; i++) {
			which = i < 2 ? PRIO_PROCESS : IOPRIO_PROCESS;
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 2,
			    SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW32,
			    (uint64_t)which),
			    SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW32,
			    (uint64_t)tid));
		}
	}
	closedir(d);
	return r;
}

static int
add_agent(scmp_filter_ctx ctx)
{
	int r;

	if ((r = add_common(ctx)) != 0 || (r = refuse_ioctl(ctx)) != 0 ||
	    (r = allow_lower_threads(ctx)) != 0 ||
	    (r = allow_calls(ctx, calls_read, COUNT(calls_read))) != 0)
		return r;
	/* Its flags lie in memory, where a filter cannot look. */
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(openat2), 0);
}

/*
 * For a second filter, of agent and remote: refuse to open for writing.  The
 * kernel obeys the stricter of two filters.  O_TMPFILE needs one of these
 * flags.
 */
static int
add_read_only(scmp_filter_ctx ctx)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
	size_t i;
	int r = 0;

	for (i = 0; i < COUNT(flags) && r == 0; i++)
		if ((r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(openat), 1, SCMP_A2_64(SCMP_CMP_MASKED_EQ,
		    (uint64_t)flags[i], (uint64_t)flags[i]))) == 0)
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
			    SCMP_SYS(open), 1, SCMP_A1_64(SCMP_CMP_MASKED_EQ,
			    (uint64_t)flags[i], (uint64_t)flags[i]));
	return r;
}

/* Build a filter with add and load it for all threads. */
static int
load_filter(uint32_t action, int (*add)(scmp_filter_ctx))
{
	scmp_filter_ctx ctx;
	int r;

	if ((ctx = seccomp_init(action)) == NULL)
		return ERR_NOMEM;
	/* libseccomp returns negative errno values. */
	if ((r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1)) != 0 ||
	    (r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS)) != 0 ||
	    (r = add(ctx)) != 0 ||
	    (r = seccomp_load(ctx)) != 0) {
		log_errno(-r, "sandbox: load filter");
		r = err_from_errno(-r);
	}
	seccomp_release(ctx);
	return r;
}

int
sandbox_enter(enum sandbox_profile profile)
{
	int (*add)(scmp_filter_ctx) = NULL;
	int r;

	switch (profile) {
	case SANDBOX_PULLER:
		add = add_puller;
		break;
	case SANDBOX_KEEPER:
		add = add_keeper;
		break;
	case SANDBOX_REMOTE:
		add = add_remote;
		break;
	case SANDBOX_AGENT:
		add = add_agent;
		break;
	}
	if (add == NULL)
		return ERR_CONFIG;
	tzset();		/* opens the time zone's file, once */
	if ((profile == SANDBOX_AGENT || profile == SANDBOX_REMOTE) &&
	    (r = load_filter(SCMP_ACT_ALLOW, add_read_only)) != 0)
		return r;
	return load_filter(SCMP_ACT_KILL_PROCESS, add);
}

int
sandbox_limit_memory(size_t bytes)
{
	const struct rlimit limit = { bytes, bytes };

	if (bytes == 0)
		return 0;
	if (setrlimit(RLIMIT_AS, &limit) == -1) {
		log_errno(errno, "sandbox: limit memory");
		return err_from_errno(errno);
	}
	return 0;
}
#else /* KHO_SANITIZED */
int
sandbox_enter(enum sandbox_profile profile)
{
	return profile > SANDBOX_AGENT ? ERR_CONFIG : 0;
}

/* The sanitizers map terabytes of address space and never use them. */
int
sandbox_limit_memory(size_t bytes)
{
	(void)bytes;
	return 0;
}
#endif /* KHO_SANITIZED */

int
sandbox_harden(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_errno(errno, "sandbox: harden process");
		return err_from_errno(errno);
	}
	return 0;
}
