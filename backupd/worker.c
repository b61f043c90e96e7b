/* worker.c: fork, exec, and the pipes between. */
#define _GNU_SOURCE
#include "backupd/worker.h"

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

int
worker_spawn(const char *arg, const int *fds, size_t nfds, pid_t *pidp)
{
	pid_t pid, parent = getpid();

	if (nfds > SPAWN_FDS_MAX)
		return ERR_TOOBIG;
	if ((pid = fork()) == -1) {
		log_errno(errno, "worker: fork");
		return err_from_errno(errno);
	}
	if (pid == 0)
		child_run(arg, fds, nfds, parent);
	*pidp = pid;
	return 0;
}

int
worker_start(const struct job *j, struct worker *wp)
{
	int job[2] = { -1, -1 }, event[2] = { -1, -1 };
	struct buf *b = NULL;
	int fds[2], r;
	pid_t pid;

	if (pipe2(job, O_CLOEXEC) == -1 || pipe2(event, O_CLOEXEC) == -1) {
		r = err_from_errno(errno);
		log_err(r, "worker: pipe");
		goto out;
	}
	if ((r = buf_new(JOB_ENCODED_MAX, &b)) != 0 ||
	    (r = job_encode(j, b)) != 0)
		goto out;
	fds[0] = job[0];
	fds[1] = event[1];
	if ((r = worker_spawn(WORKER_KEEPER_ARG, fds, 2, &pid)) != 0)
		goto out;
	/* What goes wrong from here on shows in the worker's end. */
	wp->pid = pid;
	wp->event_fd = event[0];
	event[0] = -1;	/* *wp's now */
	/* Nobody else shall hold the end that the worker reads. */
	fdio_close(&job[0]);
	if (job_record_write(job[1], b) != 0)
		log_error("worker %ld: cannot hand over its job", (long)pid);
 out:
	buf_free(b);
	fdio_close(&job[0]);
	fdio_close(&job[1]);
	fdio_close(&event[0]);
	fdio_close(&event[1]);
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
