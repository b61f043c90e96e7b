/* client_child.c: the ssh client as a process of its own. */
#include "config.h"

#include "ssh/client_child.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "ssh/connect.h"

#define CLOSE_MS 5000
#define TERM_S 2		/* from SIGTERM to SIGKILL */

/*
 * The keeper's descriptors: the client's stdin and stdout, where to pass its
 * stderr on, where to tell its end, and what to live by.
 */
enum { K_IN, K_OUT, K_ERR, K_STATUS, K_LIFE, K_COUNT };

static void
on_sigchld(int sig)
{
	(void)sig;
}

void
client_child_init(struct client_child *c)
{
	c->sock = c->err = c->status = c->life = -1;
}

/* Bring fds[i] to number i and close all others. */
static int
place_fds(int fds[K_COUNT])
{
	int i;

	/* First out of the way, so that no target is still a source. */
	for (i = 0; i < K_COUNT; i++) {
		if ((fds[i] = fcntl(fds[i], F_DUPFD, K_COUNT)) == -1)
			return -1;
	}
	for (i = 0; i < K_COUNT; i++) {
		if (dup2(fds[i], i) == -1)
			return -1;
	}
	return close_range(K_COUNT, ~0u, 0);
}

/* In the client's process: become the program. */
static void
become_client(char *const argv[], char *const envp[], int err)
{
	static const char failed[] = "ssh: cannot be started\n";
	sigset_t none;

	sigemptyset(&none);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(err, STDERR_FILENO) == -1)
		_exit(126);
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	(void)execvpe(argv[0], argv, envp);
	if (fdio_write_all(STDERR_FILENO, failed, sizeof(failed) - 1) != 0)
		_exit(126);
	_exit(127);
}

/*
 * Pass stderr on, and drop what is not taken at once: a client that has to
 * wait for its stderr keeps its output back too.  Tell whether more may come.
 */
static bool
relay(int err)
{
	char data[4096];
	ssize_t n;

	while ((n = read(err, data, sizeof(data))) > 0) {
		if (write(K_ERR, data, (size_t)n) == -1 && errno != EAGAIN)
			return false;
	}
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

/* Wait for pid, ending it once the life pipe is closed. */
static int
keep(pid_t pid, int err)
{
	static const struct timespec term = { .tv_sec = TERM_S };
	struct pollfd pfd[2] = {
		{ .fd = K_LIFE, .events = POLLIN },
		{ .fd = err, .events = POLLIN }
	};
	const struct timespec *timeout = NULL;
	sigset_t none;
	int n, status = 0;

	sigemptyset(&none);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		n = ppoll(pfd, 2, timeout, &none);
		if (n == 0)
			(void)kill(pid, SIGKILL);
		if (n > 0 && pfd[0].revents != 0) {
			(void)kill(pid, SIGTERM);
			pfd[0].fd = pfd[1].fd = -1;
			timeout = &term;
		} else if (n > 0 && pfd[1].revents != 0 && !relay(err))
			pfd[1].fd = -1;
	}
	(void)relay(err);
	return status;
}

/* In the keeper's process, after its descriptors were placed. */
static int
run_client(char *const argv[], char *const envp[])
{
	pid_t pid;
	int err[2];

	if (pipe2(err, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == -1)
		return -1;
	if (pid == 0)
		become_client(argv, envp, err[1]);
	(void)close(K_IN);
	(void)close(K_OUT);
	(void)close(err[1]);
	if (fdio_nonblock(err[0], 1) != 0 || fdio_nonblock(K_ERR, 1) != 0) {
		(void)kill(pid, SIGKILL);
		return -1;
	}
	return keep(pid, err[0]);
}

/* In the keeper's process. */
static void
keeper(int fds[K_COUNT], char *const argv[], char *const envp[])
{
	struct sigaction sa;
	sigset_t chld;
	int status;

	(void)setsid();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_sigchld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	if (place_fds(fds) == -1 || sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigprocmask(SIG_SETMASK, &chld, NULL) == -1)
		_exit(1);
	(void)signal(SIGPIPE, SIG_IGN);
	if ((status = run_client(argv, envp)) == -1 ||
	    fdio_write_all(K_STATUS, &status, sizeof(status)) != 0)
		_exit(1);
	_exit(0);
}

/* Fork twice, so that the keeper is not ours to wait for. */
static int
fork_keeper(int fds[K_COUNT], char *const argv[], char *const envp[])
{
	pid_t pid;
	int status = 0;

	if ((pid = fork()) == -1)
		return err_from_errno(errno);
	if (pid == 0) {
		if ((pid = fork()) == 0)
			keeper(fds, argv, envp);
		_exit(pid == -1);
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status == 0 ? 0 : ERR_NOMEM;
}

int
client_child_start(struct client_child *c, char *const argv[],
    char *const envp[])
{
	int sock[2] = { -1, -1 }, err[2] = { -1, -1 };
	int status[2] = { -1, -1 }, life[2] = { -1, -1 };
	int fds[K_COUNT], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) == -1 ||
	    pipe2(err, O_CLOEXEC) == -1 || pipe2(status, O_CLOEXEC) == -1 ||
	    pipe2(life, O_CLOEXEC) == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if ((r = fdio_nonblock(sock[0], 1)) != 0 ||
	    (r = fdio_nonblock(err[0], 1)) != 0 ||
	    (r = fdio_nonblock(status[0], 1)) != 0)
		goto out;
	fds[K_IN] = fds[K_OUT] = sock[1];
	fds[K_ERR] = err[1];
	fds[K_STATUS] = status[1];
	fds[K_LIFE] = life[0];
	if ((r = fork_keeper(fds, argv, envp)) != 0)
		goto out;
	c->sock = sock[0];
	c->err = err[0];
	c->status = status[0];
	c->life = life[1];
	/* Now c's. */
	sock[0] = err[0] = status[0] = life[1] = -1;
 out:
	(void)fdio_close(&sock[0]);
	(void)fdio_close(&sock[1]);
	(void)fdio_close(&err[0]);
	(void)fdio_close(&err[1]);
	(void)fdio_close(&status[0]);
	(void)fdio_close(&status[1]);
	(void)fdio_close(&life[0]);
	(void)fdio_close(&life[1]);
	return r;
}

void
client_child_clear(struct client_child *c)
{
	int64_t deadline = clock_mono_ms() + CLOSE_MS;
	size_t n;
	char rest[16];

	(void)fdio_close(&c->sock);
	(void)fdio_close(&c->life);
	/* The keeper's end closes when it has buried the client. */
	while (c->status != -1 && ssh_wait(c->status, POLLIN, deadline) == 0) {
		if (fdio_read(c->status, rest, sizeof(rest), &n) != 0 || n == 0)
			break;
	}
	(void)fdio_close(&c->status);
	(void)fdio_close(&c->err);
}
