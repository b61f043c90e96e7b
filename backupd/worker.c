/* worker.c: fork, exec, and the pipes between. */
#define _GNU_SOURCE
#include "backupd/worker.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"

#define FIRST_FD 3
#define SPAWN_FDS_MAX 4

/* In the child: put the descriptors in their places and become arg. */
static void
child_run(const char *arg, const int *fds, size_t nfds, pid_t parent)
{
	char name[] = "backupd", self[] = "/proc/self/exe";
	char argbuf[32];
	char *argv[] = { name, argbuf, NULL };
	int high[SPAWN_FDS_MAX];
	size_t i;

	for (i = 0; i < sizeof(argbuf) - 1 && arg[i] != '\0'; i++)
		argbuf[i] = arg[i];
	argbuf[i] = '\0';
	/* First out of the way of one another, then down. */
	for (i = 0; i < nfds; i++)
		if ((high[i] = fcntl(fds[i], F_DUPFD, 64)) == -1)
			_exit(127);
	for (i = 0; i < nfds; i++)
		if (dup2(high[i], FIRST_FD + (int)i) == -1)
			_exit(127);
	if (close_range(FIRST_FD + (unsigned int)nfds, ~0u, 0) == -1)
		_exit(127);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent)
		_exit(127);
	execv(self, argv);
	_exit(127);
}

/* In the child: its parent's ways with signals are not its own. */
static void
child_signals(const sigset_t *mask)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	size_t i;

	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		signal(caught[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

int
worker_spawn(const char *arg, const int *fds, size_t nfds, pid_t *pidp)
{
	pid_t pid, parent = getpid();
	sigset_t all, old;
	int err = 0;

	if (nfds > SPAWN_FDS_MAX)
		return ERR_TOOBIG;
	/* A signal for the child must not run a handler of the parent's,
	 * which may write to what both have open. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	if ((pid = fork()) == -1)
		err = errno;
	if (pid == 0) {
		child_signals(&old);
		child_run(arg, fds, nfds, parent);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (err != 0) {
		log_errno(err, "worker: fork");
		return err_from_errno(err);
	}
	*pidp = pid;
	return 0;
}

/*
 * The record in memory that a descriptor names, from its beginning: a pipe
 * would hold up who writes more into it than it takes.
 */
static int
hand_over(const struct buf *record, int *fdp)
{
	int fd, r;

	if ((fd = memfd_create("job", MFD_CLOEXEC)) == -1) {
		r = err_from_errno(errno);
		log_err(r, "worker: memfd_create");
		return r;
	}
	if ((r = job_record_write(fd, record)) == 0 &&
	    lseek(fd, 0, SEEK_SET) == -1)
		r = err_from_errno(errno);
	if (r == 0) {
		*fdp = fd;
		fd = -1;	/* the caller's now */
	}
	fdio_close(&fd);
	return r;
}

int
worker_start_as(const char *arg, const struct buf *record, struct worker *wp)
{
	int job = -1, event[2] = { -1, -1 };
	int fds[2], r;
	pid_t pid;

	if ((r = hand_over(record, &job)) != 0)
		goto out;
	if (pipe2(event, O_CLOEXEC) == -1) {
		r = err_from_errno(errno);
		log_err(r, "worker: pipe");
		goto out;
	}
	fds[0] = job;
	fds[1] = event[1];
	if ((r = worker_spawn(arg, fds, 2, &pid)) != 0)
		goto out;
	wp->pid = pid;
	wp->event_fd = event[0];
	event[0] = -1;	/* *wp's now */
 out:
	fdio_close(&job);
	fdio_close(&event[0]);
	fdio_close(&event[1]);
	return r;
}

int
worker_start(const struct job *j, struct worker *wp)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(JOB_ENCODED_MAX, &b)) == 0 &&
	    (r = job_encode(j, b)) == 0)
		r = worker_start_as(WORKER_KEEPER_ARG, b, wp);
	buf_free(b);
	return r;
}

int
worker_wait(struct worker *w, int *statusp)
{
	pid_t got;

	fdio_close(&w->event_fd);
	do
		got = waitpid(w->pid, statusp, 0);
	while (got == -1 && errno == EINTR);
	return got == -1 ? err_from_errno(errno) : 0;
}
