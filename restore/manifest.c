/* manifest.c: the list of what a restore made, to be checked later. */
#include "restore/manifest.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "restore/escape.h"

#define MANIFEST_MAGIC "KHO-MANIFEST-1"
#define MANIFEST_TMP "manifest.tmp"
#define MANIFEST_FLUSH 65536
#define MANIFEST_LINE_MAX (64u << 20)

struct manifest_writer {
	int	 dirfd;			/* borrowed */
	int	 fd;
	struct buf *buf;
	struct sha256 *sha;
	uint64_t lines;
};

struct manifest_reader {
	FILE	*f;
	char	*line;
	size_t	 cap;
	uint64_t lines;
};

/* Write and digest what has gathered. */
static int
manifest_flush(struct manifest_writer *w)
{
	int r;

	sha256_update(w->sha, buf_ptr(w->buf), buf_len(w->buf));
	r = fdio_write_all(w->fd, buf_ptr(w->buf), buf_len(w->buf));
	buf_reset(w->buf);
	return r;
}

static int
manifest_header(struct manifest_writer *w, const struct manifest_info *info)
{
	char text[256], id[65], made[CLOCK_TEXT_MAX];
	int n, r;

	hex_format(info->snapshot, sizeof(info->snapshot), id);
	clock_format(info->made, made);
	n = snprintf(text, sizeof(text), MANIFEST_MAGIC "\nsnapshot %s\n"
	    "made %s\nwhole %s\n", id, made, info->whole ? "yes" : "no");
	if ((r = buf_put(w->buf, text, (size_t)n)) != 0 ||
	    info->reason == NULL)
		return r;
	if ((r = buf_put(w->buf, "reason ", 7)) != 0 ||
	    (r = escape_format(info->reason, strlen(info->reason),
	    w->buf)) != 0)
		return r;
	return buf_put(w->buf, "\n", 1);
}

int
manifest_begin(int dirfd, const struct manifest_info *info,
    struct manifest_writer **wp)
{
	struct manifest_writer *w;
	int r;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->dirfd = dirfd;
	w->fd = openat(dirfd, MANIFEST_TMP, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if ((r = buf_new(MANIFEST_LINE_MAX, &w->buf)) != 0 ||
	    (r = sha256_new(&w->sha)) != 0)
		goto out;
	sha256_init(w->sha);
	if ((r = manifest_header(w, info)) != 0)
		goto out;
	*wp = w;
	w = NULL;
 out:
	manifest_writer_free(w);
	return r;
}

void
manifest_writer_free(struct manifest_writer *w)
{

	if (w == NULL)
		return;
	if (w->fd != -1)
		unlinkat(w->dirfd, MANIFEST_TMP, 0);
	fdio_close(&w->fd);
	buf_free(w->buf);
	sha256_free(w->sha);
	free(w);
}

int
manifest_add(struct manifest_writer *w, const struct manifest_line *l)
{
	int r;

	if ((r = manifest_line_format(l, w->buf)) != 0)
		return r;
	w->lines++;
	return buf_len(w->buf) < MANIFEST_FLUSH ? 0 : manifest_flush(w);
}

int
manifest_commit(struct manifest_writer *w)
{
	char text[128], hex[65];
	uint8_t hash[SHA256_LEN];
	int n, r;

	if ((r = manifest_flush(w)) != 0 ||
	    (r = sha256_final(w->sha, hash)) != 0)
		return r;
	hex_format(hash, sizeof(hash), hex);
	n = snprintf(text, sizeof(text), "end %" PRIu64 " %s\n", w->lines,
	    hex);
	if ((r = fdio_write_all(w->fd, text, (size_t)n)) != 0 ||
	    (r = fdio_sync(w->fd)) != 0 ||
	    (r = fdio_close(&w->fd)) != 0)
		return r;
	if (renameat(w->dirfd, MANIFEST_TMP, w->dirfd, MANIFEST_NAME) == -1)
		return err_from_errno(errno);
	return fdio_sync(w->dirfd);
}

/* Read the next line without its newline; ERR_FORMAT at the end. */
static int
manifest_getline(struct manifest_reader *r, size_t *lenp)
{
	ssize_t len;

	if ((len = getline(&r->line, &r->cap, r->f)) <= 0)
		return ferror(r->f) ? err_from_errno(errno) : ERR_FORMAT;
	if (r->line[len - 1] != '\n')
		return ERR_FORMAT;
	r->line[--len] = '\0';
	*lenp = (size_t)len;
	return 0;
}

/* Compare an "end" line with what was read up to it. */
static int
manifest_end(const char *line, uint64_t lines, struct sha256 *sha)
{
	char text[128], hex[65];
	uint8_t hash[SHA256_LEN];
	int r;

	if ((r = sha256_final(sha, hash)) != 0)
		return r;
	hex_format(hash, sizeof(hash), hex);
	snprintf(text, sizeof(text), "end %" PRIu64 " %s", lines, hex);
	return strcmp(text, line) == 0 ? 0 : ERR_CORRUPT;
}

/* Read everything once and see that the digest at its end is right. */
static int
manifest_digest(struct manifest_reader *r)
{
	struct sha256 *sha = NULL;
	size_t len;
	int res;

	if ((res = sha256_new(&sha)) != 0)
		return res;
	sha256_init(sha);
	for (;;) {
		if ((res = manifest_getline(r, &len)) != 0)
			break;
		if (strncmp(r->line, "end ", 4) == 0) {
			res = manifest_end(r->line, r->lines, sha);
			break;
		}
		/* Entries begin with one letter and a blank. */
		r->lines += len > 1 && r->line[1] == ' ';
		r->line[len] = '\n';
		sha256_update(sha, r->line, len + 1);
	}
	sha256_free(sha);
	rewind(r->f);
	return res == ERR_FORMAT ? ERR_CORRUPT : res;
}

/* Read the lines before the entries. */
static int
manifest_info(struct manifest_reader *r, struct manifest_info *infop)
{
	struct manifest_info info = { .made = 0 };
	long at = 0;
	size_t len;
	int res;

	if ((res = manifest_getline(r, &len)) != 0)
		return res;
	if (strcmp(r->line, MANIFEST_MAGIC) != 0)
		return ERR_VERSION;
	for (;;) {
		at = ftell(r->f);
		if ((res = manifest_getline(r, &len)) != 0)
			return res;
		if (len > 1 && r->line[1] == ' ')
			break;
		if (strncmp(r->line, "end ", 4) == 0)
			break;
		if (strncmp(r->line, "snapshot ", 9) == 0 &&
		    hex_parse(r->line + 9, info.snapshot,
		    sizeof(info.snapshot)) != 0)
			return ERR_FORMAT;
		if (strcmp(r->line, "whole yes") == 0)
			info.whole = true;
	}
	if (fseek(r->f, at, SEEK_SET) == -1)
		return ERR_IO;
	*infop = info;
	return 0;
}

int
manifest_open(int dirfd, struct manifest_info *infop,
    struct manifest_reader **rp)
{
	struct manifest_reader *r;
	int fd, res;

	fd = openat(dirfd, MANIFEST_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return err_from_errno(errno);
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		fdio_close(&fd);
		return ERR_NOMEM;
	}
	if ((r->f = fdopen(fd, "r")) == NULL) {
		fdio_close(&fd);
		res = ERR_NOMEM;
		goto out;
	}
	if ((res = manifest_digest(r)) != 0 ||
	    (res = manifest_info(r, infop)) != 0)
		goto out;
	*rp = r;
	r = NULL;
 out:
	manifest_close(r);
	return res;
}

int
manifest_next(struct manifest_reader *r, struct manifest_line *lp)
{
	size_t len;
	int res;

	if (r->lines == 0)
		return 0;
	if ((res = manifest_getline(r, &len)) != 0 ||
	    (res = manifest_line_parse(r->line, len, lp)) != 0)
		return res;
	r->lines--;
	return 1;
}

void
manifest_close(struct manifest_reader *r)
{

	if (r == NULL)
		return;
	if (r->f != NULL)
		fclose(r->f);
	free(r->line);
	free(r);
}
