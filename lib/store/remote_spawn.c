/* remote_spawn.c: start the process that speaks to a remote target. */
#define _GNU_SOURCE
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "store/remote.h"

/* In the child: nothing but the socket stays open, and it knows only that. */
static void
child_run(int fd, pid_t parent, const sigset_t *mask)
{
	char name[] = REMOTE_NAME, self[] = "/proc/self/exe";
	char *argv[] = { name, NULL };

	if (dup2(fd, REMOTE_FD) == -1 ||
	    fcntl(REMOTE_FD, F_SETFD, 0) == -1 ||
	    close_range(REMOTE_FD + 1, ~0u, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent)
		_exit(127);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(self, argv);
	_exit(127);
}

int
remote_spawn(pid_t *pidp, int *fdp)
{
	pid_t pid, parent = getpid();
	sigset_t all, old;
	int pair[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		log_errno(errno, "store: socketpair");
		return err_from_errno(errno);
	}
	/* No handler of the parent's may run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	if ((pid = fork()) == -1)
		err = errno;
	if (pid == 0)
		child_run(pair[1], parent, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	fdio_close(&pair[1]);
	if (err != 0) {
		fdio_close(&pair[0]);
		log_errno(err, "store: fork");
		return err_from_errno(err);
	}
	*pidp = pid;
	*fdp = pair[0];
	return 0;
}
