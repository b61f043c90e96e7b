/* child.c: fork, exec, and what comes of it. */
#define _GNU_SOURCE
#include "backupctl/child.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"

#define READ_BYTES 4096
#define IN_MAX 4096		/* a pipe takes it without a reader */

/* A pipe's ends: ours and the child's. */
struct ends {
	int	 ours, its;
};

static int
ends_open(struct ends *e, bool to_child)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return err_from_errno(errno);
	e->ours = fd[to_child ? 1 : 0];
	e->its = fd[to_child ? 0 : 1];
	return 0;
}

static void
ends_close(struct ends *e)
{
	fdio_close(&e->ours);
	fdio_close(&e->its);
}

/* What the child does; it does not come back. */
static void
run(const char *const *argv, const struct ends p[3])
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), i;

	dup2(p[0].its != -1 ? p[0].its : null, STDIN_FILENO);
	for (i = 1; i < 3; i++)
		if (p[i].its != -1)
			dup2(p[i].its, i);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Read what has come; closes the end at its end. */
static void
take(struct ends *e, struct buf *b)
{
	char bytes[READ_BYTES];
	ssize_t n;

	n = read(e->ours, bytes, sizeof(bytes));
	if (n == -1 && errno == EINTR)
		return;
	if (n <= 0)
		fdio_close(&e->ours);
	else
		(void)!buf_put(b, bytes, (size_t)n);
}

/* Read both until both have ended. */
static void
take_all(struct ends p[3], const struct child_io *io)
{
	struct pollfd f[2];

	while (p[1].ours != -1 || p[2].ours != -1) {
		f[0] = (struct pollfd){ .fd = p[1].ours, .events = POLLIN };
		f[1] = (struct pollfd){ .fd = p[2].ours, .events = POLLIN };
		if (poll(f, 2, -1) == -1)
			continue;
		if (f[0].revents != 0)
			take(&p[1], io->out);
		if (f[1].revents != 0)
			take(&p[2], io->err);
	}
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
child_run(const char *const *argv, const struct child_io *io, int *codep)
{
	struct ends p[3] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int status = 0, i, r = 0;
	pid_t pid;

	if ((io->in != NULL && (strlen(io->in) > IN_MAX ||
	    (r = ends_open(&p[0], true)) != 0)) ||
	    (io->out != NULL && (r = ends_open(&p[1], false)) != 0) ||
	    (io->err != NULL && (r = ends_open(&p[2], false)) != 0)) {
		r = r == 0 ? ERR_TOOBIG : r;
		goto out;
	}
	fflush(NULL);
	if ((pid = fork()) == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if (pid == 0)
		run(argv, p);
	for (i = 0; i < 3; i++)
		fdio_close(&p[i].its);
	if (io->in != NULL)
		(void)!fdio_write_all(p[0].ours, io->in, strlen(io->in));
	fdio_close(&p[0].ours);
	take_all(p, io);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	*codep = WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
 out:
	for (i = 0; i < 3; i++)
		ends_close(&p[i]);
	return r;
}

int
child_find(const char *name, char **pathp)
{
	/* Beside it; installed in bin and sbin; in a build's directories. */
	const char *const places[] = { "", "../sbin/", "../agents/",
	    "../backupd/" };
	char self[PATH_MAX], path[PATH_MAX + 256];
	ssize_t n;
	size_t i;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return ERR_NOENT;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", self, places[i],
		    name);
		if (access(path, X_OK) == 0 && !is_directory(path))
			return (*pathp = strdup(path)) != NULL ? 0 :
			    ERR_NOMEM;
	}
	return ERR_NOENT;
}
