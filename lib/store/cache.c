/* cache.c: a directory of copies, bounded, that may be lost at any time. */
#include "config.h"

#include "store/cache.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"
#include "store/cache_copy.h"
#include "store/cache_gen.h"
#include "store/store.h"

#define SHARE 4			/* no copy takes more than 1/SHARE of it */
#define SPARE (UINT64_C(1) << 30)	/* bytes left to others, or */
#define SPARE_SHARE 20			/* 1/SPARE_SHARE of the disk */

struct cache {
	struct cache_gens gens;
	char	*path;
	bool	 told;			/* that there is something amiss */
	bool	 broken;		/* nothing can be written */
};

/* A copy that is wanted. */
struct want {
	const char *name;		/* of the object */
	uint64_t copy;			/* where it begins, or CACHE_WHOLE */
	uint64_t at;			/* within the copy */
	size_t	 len;			/* with all: at most */
	bool	 all;
};

static void
tell(struct cache *c, const char *what, int r)
{
	if (!c->told)
		log_warn("cache %s: %s: %s", c->path, what, err_text(r));
	c->told = true;
}

int
cache_open(const char *path, uint64_t max, struct cache **cp)
{
	struct cache *c;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->gens.fd = -1;
	if ((c->path = strdup(path)) == NULL) {
		cache_close(c);
		return ERR_NOMEM;
	}
	c->gens.max = max;
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		r = err_from_errno(errno);
	else if ((c->gens.fd = open(path, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		r = err_from_errno(errno);
	else
		r = gens_look(&c->gens);
	if (r != 0) {
		cache_close(c);
		return r;
	}
	*cp = c;
	return 0;
}

void
cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	fdio_close(&c->gens.fd);
	free(c->path);
	free(c);
}

/* The file name of a copy: what no name of an object has marks it. */
static void
copy_name(const char *name, uint64_t off, char out[GEN_NAME_MAX])
{
	char *p;

	if (off == CACHE_WHOLE)
		snprintf(out, GEN_NAME_MAX, "=%s", name);
	else
		snprintf(out, GEN_NAME_MAX, "=%s@%" PRIu64, name, off);
	for (p = out; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
}

/* Read from the copy that is open. */
static int
read_open(int fd, const char *file, const struct want *w, struct buf *out)
{
	struct copy c = { 0 };
	size_t len = w->len;
	int r;

	if ((r = copy_check(fd, file, &c)) != 0)
		return r;
	if (w->all && c.len <= w->len)
		len = (size_t)c.len;
	if (w->at > c.len || len > c.len - w->at ||
	    (w->all && c.len > w->len))
		r = ERR_NOENT;	/* the target tells what is wrong with it */
	else
		r = copy_read(fd, &c, w->at, len, out);
	copy_clear(&c);
	return r;
}

static int
read_copy(struct cache *c, const struct want *w, struct buf *out)
{
	struct gen_entry e;
	struct stat st;
	int fd = -1, r;

	e.name = w->name;
	copy_name(w->name, w->copy, e.file);
	if ((r = gens_open(&c->gens, &e, &fd)) != 0)
		return r;
	if (fstat(fd, &st) == -1)
		st.st_size = 0;
	r = read_open(fd, e.file, w, out);
	fdio_close(&fd);
	if (r == 0)
		gens_use(&c->gens, &e, (uint64_t)st.st_size);
	if (r == 0 || r == ERR_NOENT || r == ERR_NOMEM)
		return r;
	tell(c, "a copy is damaged and is read from the target", r);
	gens_remove(&c->gens, &e, (uint64_t)st.st_size);
	return ERR_NOENT;
}

int
cache_get(struct cache *c, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct want w = { .name = name, .copy = CACHE_WHOLE, .at = off,
	    .len = len };
	int r;

	if ((r = read_copy(c, &w, out)) != ERR_NOENT)
		return r;
	w.copy = off;
	w.at = 0;
	return read_copy(c, &w, out);
}

int
cache_get_all(struct cache *c, const char *name, size_t max, struct buf *out)
{
	const struct want w = { .name = name, .copy = CACHE_WHOLE,
	    .len = max, .all = true };

	return read_copy(c, &w, out);
}

bool
cache_has(struct cache *c, const char *name, uint64_t off)
{
	struct gen_entry e = { .name = name };
	int fd = -1;

	copy_name(name, CACHE_WHOLE, e.file);
	if (gens_open(&c->gens, &e, &fd) != 0) {
		copy_name(name, off, e.file);
		if (gens_open(&c->gens, &e, &fd) != 0)
			return false;
	}
	fdio_close(&fd);
	return true;
}

/* Others need the disk too: the catalog stands there. */
static bool
is_spare(const struct cache *c, uint64_t len)
{
	struct statvfs st;
	uint64_t spare;

	if (fstatvfs(c->gens.fd, &st) == -1)
		return false;
	spare = (uint64_t)st.f_blocks * st.f_frsize / SPARE_SHARE;
	if (spare > SPARE)
		spare = SPARE;
	return (uint64_t)st.f_bavail * st.f_frsize >= spare + len;
}

/* Write a new copy under the temporary name. */
static int
write_copy(const struct cache *c, const char *tmp, const struct gen_entry *e,
    const void *data, size_t len)
{
	int fd, r;

	fd = openat(c->gens.fd, tmp, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_from_errno(errno);
	r = copy_write(fd, e->file, data, len);
	if (fdio_close(&fd) != 0 && r == 0)
		r = ERR_IO;
	return r;
}

void
cache_put(struct cache *c, const char *name, uint64_t off, const void *data,
    size_t len)
{
	uint64_t size = copy_size(len), rnd;
	char tmp[GEN_PATH_MAX], file[GEN_NAME_MAX];
	struct gen_entry e;
	int r;

	if (c->broken || size > c->gens.max / SHARE)
		return;
	if (!is_spare(c, size)) {
		tell(c, "nothing is added", ERR_NOSPACE);
		return;
	}
	e.name = name;
	copy_name(name, off, e.file);
	if (getrandom(&rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		return;
	snprintf(file, sizeof(file), "+%016" PRIx64, rnd);
	if ((r = gens_place(&c->gens, &e, size)) == 0) {
		gen_path(e.gen, name, file, tmp);
		if ((r = write_copy(c, tmp, &e, data, len)) == 0)
			r = gens_take(&c->gens, &e, tmp);
		if (r != 0)
			unlinkat(c->gens.fd, tmp, 0);
		/* Another may have just removed that generation. */
		if (r == ERR_NOENT)
			r = 0;
	}
	if (r == 0)
		return;
	tell(c, "nothing can be added", r);
	c->broken = true;
}

size_t
cache_drop(struct cache *c, const char *name)
{
	char file[GEN_NAME_MAX];

	copy_name(name, CACHE_WHOLE, file);
	return gens_drop(&c->gens, name, file);
}
