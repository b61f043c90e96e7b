/* state.c: a destination before and during a restore, and its own notes. */
#include "restore/state.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/path.h"
#include "restore/dest.h"
#include "restore/escape.h"

#define STATE_MAX (16u << 20)
#define STATE_MAGIC "KHO-RESTORE-1\n"

/* The text of a state file. */
static int
state_text(const struct state_run *run, struct buf *out)
{
	char id[65];
	size_t i;
	int r;

	hex_format(run->snapshot, sizeof(run->snapshot), id);
	if ((r = buf_put(out, STATE_MAGIC "snapshot ",
	    sizeof(STATE_MAGIC "snapshot ") - 1)) != 0 ||
	    (r = buf_put(out, id, 64)) != 0 ||
	    (r = buf_put(out, run->safe ? "\nsafe\n" : "\n",
	    run->safe ? 6 : 1)) != 0)
		return r;
	for (i = 0; i < run->npaths; i++)
		if ((r = buf_put(out, "path ", 5)) != 0 ||
		    (r = escape_format(run->paths[i], strlen(run->paths[i]),
		    out)) != 0 || (r = buf_put(out, "\n", 1)) != 0)
			return r;
	return 0;
}

/* Tell whether the state file below dirfd is about run; ERR_NOENT if there
 * is none. */
static int
state_compare(int dirfd, const struct state_run *run, bool *samep)
{
	struct buf *want = NULL, *have = NULL;
	uint8_t *p;
	size_t got;
	int fd, r;

	fd = dest_openat(dirfd, STATE_DIR "/state", O_RDONLY, 0);
	if (fd == -1)
		return err_from_errno(errno);
	if ((r = buf_new(STATE_MAX, &want)) != 0 ||
	    (r = buf_new(STATE_MAX, &have)) != 0 ||
	    (r = state_text(run, want)) != 0 ||
	    (r = buf_reserve(have, buf_len(want) + 1, &p)) != 0 ||
	    (r = fdio_pread(fd, p, buf_len(want) + 1, 0, &got)) != 0)
		goto out;
	*samep = got == buf_len(want) && memcmp(p, buf_ptr(want), got) == 0;
 out:
	fdio_close(&fd);
	buf_free(want);
	buf_free(have);
	return r;
}

/* Tell whether the directory holds anything that somebody may miss. */
static int
state_holds(int dirfd, bool *holdsp)
{
	const struct dirent *e;
	DIR *dir;
	int fd;

	if ((fd = dup(dirfd)) == -1)
		return err_from_errno(errno);
	if ((dir = fdopendir(fd)) == NULL) {
		fdio_close(&fd);
		return ERR_NOMEM;
	}
	*holdsp = false;
	while (!*holdsp && (e = readdir(dir)) != NULL)
		*holdsp = strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    strcmp(e->d_name, STATE_DIR) != 0 &&
		    strcmp(e->d_name, "lost+found") != 0;
	closedir(dir);
	return 0;
}

int
state_look(const char *path, const struct state_run *run,
    enum state_ground *gp)
{
	bool same = false, holds = false;
	int fd, r;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		*gp = STATE_EMPTY;
		return 0;
	}
	if (fd == -1)
		return errno == ENOTDIR ? ERR_EXIST : err_from_errno(errno);
	if ((r = state_compare(fd, run, &same)) == 0) {
		*gp = same ? STATE_RESUME : STATE_OTHER;
	} else if (r == ERR_NOENT && (r = state_holds(fd, &holds)) == 0) {
		*gp = holds ? STATE_USED : STATE_EMPTY;
	}
	fdio_close(&fd);
	return r;
}

/* Write one of our files below fd as one step. */
static int
state_write(int fd, const char *name, const char *tmp, const void *data,
    size_t len)
{
	int out, r;

	out = openat(fd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (out == -1)
		return err_from_errno(errno);
	if ((r = fdio_write_all(out, data, len)) == 0)
		r = fdio_sync(out);
	if (fdio_close(&out) != 0 && r == 0)
		r = ERR_IO;
	if (r == 0 && renameat(fd, tmp, fd, name) == -1)
		r = err_from_errno(errno);
	if (r != 0)
		unlinkat(fd, tmp, 0);
	return r;
}

int
state_open(int dirfd, int *fdp)
{
	int fd;

	fd = dest_openat(dirfd, STATE_DIR, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -1)
		return err_from_errno(errno);
	*fdp = fd;
	return 0;
}

int
state_begin(int dirfd, const struct state_run *run, bool resumable, int *fdp)
{
	struct buf *text = NULL;
	int fd = -1, r;

	if (mkdirat(dirfd, STATE_DIR, 0700) == -1 && errno != EEXIST)
		return err_from_errno(errno);
	if ((r = state_open(dirfd, &fd)) != 0)
		return r;
	if (resumable && ((r = buf_new(STATE_MAX, &text)) != 0 ||
	    (r = state_text(run, text)) != 0 ||
	    (r = state_write(fd, "state", "state.tmp", buf_ptr(text),
	    buf_len(text))) != 0))
		goto out;
	*fdp = fd;
	fd = -1;
 out:
	fdio_close(&fd);
	buf_free(text);
	return r;
}

void
state_end(int fd)
{

	unlinkat(fd, "state", 0);
}

int
state_problems(int fd, const char *text, size_t len)
{

	if (len == 0) {
		if (unlinkat(fd, "problems", 0) == -1 && errno != ENOENT)
			return err_from_errno(errno);
		return 0;
	}
	return state_write(fd, "problems", "problems.tmp", text, len);
}

/* Shorten path, which must be in new memory, to something that exists. */
static int
state_existing(const char *path, char **existingp)
{
	struct stat st;
	char *p, *up;
	int r;

	if ((p = strdup(path)) == NULL)
		return ERR_NOMEM;
	while (stat(p, &st) == -1 && errno == ENOENT &&
	    strcmp(p, "/") != 0 && strcmp(p, ".") != 0) {
		r = path_dirname(p, &up);
		free(p);
		if (r != 0)
			return r;
		p = up;
	}
	*existingp = p;
	return 0;
}

int
state_space(const char *path, uint64_t bytes, uint64_t inodes,
    enum state_room *roomp, uint64_t *freep)
{
	bool root = geteuid() == 0;
	struct statvfs fs;
	char *existing;
	int r;

	if ((r = state_existing(path, &existing)) != 0)
		return r;
	if (statvfs(existing, &fs) == -1)
		r = err_from_errno(errno);
	free(existing);
	if (r != 0)
		return r;
	*roomp = STATE_ROOM;
	*freep = (uint64_t)(root ? fs.f_bfree : fs.f_bavail) * fs.f_frsize;
	if (bytes > *freep) {
		*roomp = STATE_NO_BYTES;
		return 0;
	}
	/* Some file systems make inodes as they go and count none. */
	if (fs.f_files != 0 &&
	    inodes > (root ? fs.f_ffree : fs.f_favail)) {
		*roomp = STATE_NO_INODES;
		*freep = root ? fs.f_ffree : fs.f_favail;
	}
	return 0;
}

bool
state_inside(const char *path, const char *dir)
{
	char *existing = NULL, *a = NULL, *b = NULL;
	bool inside = false;

	if (state_existing(path, &existing) == 0 &&
	    (a = realpath(existing, NULL)) != NULL &&
	    (b = realpath(dir, NULL)) != NULL)
		inside = path_within(b, a);
	free(existing);
	free(a);
	free(b);
	return inside;
}
