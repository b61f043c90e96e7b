/* share.c: starts and tells tests/lib/badfs. */
#include "config.h"

#include "tests/unit/share.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ATTRIBUTE "user.badfs"

/* badfs beside this program's directory, as the build puts it. */
static void
badfs_path(char *out, size_t len)
{
	char self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	assert_true(n > 0);
	self[n] = '\0';
	slash = strstr(self, "/tests/");
	assert_non_null(slash);
	*slash = '\0';
	snprintf(out, len, "%s/tests/lib/badfs", self);
}

bool
share_start(struct share *sh, const char *seconds)
{
	char program[512], ready[6];
	int fds[2], status;
	ssize_t n;

	strcpy(sh->dir, "/tmp/kho-share-XXXXXX");
	assert_non_null(mkdtemp(sh->dir));
	snprintf(sh->base, sizeof(sh->base), "%s/base", sh->dir);
	snprintf(sh->path, sizeof(sh->path), "%s/share", sh->dir);
	assert_int_equal(mkdir(sh->base, 0700), 0);
	assert_int_equal(mkdir(sh->path, 0700), 0);
	badfs_path(program, sizeof(program));
	assert_int_equal(pipe(fds), 0);
	sh->pid = fork();
	assert_int_not_equal(sh->pid, -1);
	if (sh->pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(program, program, sh->base, sh->path, seconds,
		    (char *)NULL);
		_exit(77);	/* built without FUSE */
	}
	close(fds[1]);
	n = read(fds[0], ready, sizeof(ready));
	close(fds[0]);
	if (n == (ssize_t)sizeof(ready))
		return true;
	assert_int_equal(waitpid(sh->pid, &status, 0), sh->pid);
	sh->pid = 0;
	share_stop(sh);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 77);
	return false;
}

void
share_rules(const struct share *sh, const char *rules)
{
	assert_int_equal(setxattr(sh->path, ATTRIBUTE, rules, strlen(rules),
	    0), 0);
}

static void
counts(const struct share *sh, unsigned int *askedp, unsigned int *struckp)
{
	char text[32];
	ssize_t n = getxattr(sh->path, ATTRIBUTE, text, sizeof(text) - 1);

	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(sscanf(text, "%u %u", askedp, struckp), 2);
}

unsigned int
share_asked(const struct share *sh)
{
	unsigned int asked, struck;

	counts(sh, &asked, &struck);
	return asked;
}

unsigned int
share_struck(const struct share *sh)
{
	unsigned int asked, struck;

	counts(sh, &asked, &struck);
	return struck;
}

void
share_stop(struct share *sh)
{
	char cmd[240];
	int status;

	if (sh->pid > 0) {
		kill(sh->pid, SIGTERM);
		assert_int_equal(waitpid(sh->pid, &status, 0), sh->pid);
	}
	/* Where it was killed its mount remains. */
	snprintf(cmd, sizeof(cmd), "fusermount3 -u -z -q %s 2>/dev/null;"
	    " rm -rf %s", sh->path, sh->dir);
	assert_int_equal(system(cmd), 0);
	sh->pid = 0;
}
