/* compare.c: a restored tree against the list of what was made. */
#include "restore/compare.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/path.h"
#include "base/spool.h"
#include "restore/dest.h"
#include "restore/hash.h"
#include "restore/problems.h"
#include "restore/state.h"

#define COMPARE_KEY 16		/* bytes of a path's digest that are kept */
#define COMPARE_TARGET_MAX 65536

/* A directory that waits to be looked through. */
struct compare_dir {
	size_t	 text, len;
};

struct compare {
	const struct compare_params *p;
	struct compare_counts counts;
	struct hasher *hasher;
	struct spool keys;		/* digests of all paths that may be */
	struct spool queue, texts;	/* directories to look through */
	char	*target;		/* COMPARE_TARGET_MAX bytes */
	struct buf *dir;		/* path of the directory that is open */
	int	 fd;			/* -1: none */
};

static void
compare_clear(struct compare *c)
{

	hasher_free(c->hasher);
	spool_clear(&c->keys);
	spool_clear(&c->queue);
	spool_clear(&c->texts);
	free(c->target);
	buf_free(c->dir);
	fdio_close(&c->fd);
}

static int
compare_init(struct compare *c)
{
	int r;

	c->fd = -1;
	spool_init(&c->keys, COMPARE_KEY);
	spool_init(&c->queue, sizeof(struct compare_dir));
	spool_init(&c->texts, 1);
	if ((c->target = malloc(COMPARE_TARGET_MAX)) == NULL)
		return ERR_NOMEM;
	if ((r = hasher_new(&c->hasher)) != 0)
		return r;
	return buf_new(SIZE_MAX / 2, &c->dir);
}

/* Tell whether path is that of the directory opened last. */
static bool
compare_is_dir(const struct compare *c, const uint8_t *path, size_t len)
{

	return buf_len(c->dir) == len &&
	    (len == 0 || memcmp(buf_ptr(c->dir), path, len) == 0);
}

/* Open the directory at path below the tree, name by name, unless it is the
 * one that is open.  *fdp is -1, with errno, if it cannot be. */
static int
compare_open(struct compare *c, const uint8_t *path, size_t len, int *fdp)
{
	char name[PATH_NAME_MAX + 1];
	const uint8_t *end = path + len, *slash;
	int fd, next, r;

	*fdp = c->fd;
	if (c->fd != -1 && compare_is_dir(c, path, len))
		return 0;
	fdio_close(&c->fd);
	buf_reset(c->dir);
	if ((r = buf_put(c->dir, path, len)) != 0)
		return r;
	fd = dest_openat(c->p->dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	for (; fd != -1 && path < end; path = slash + 1) {
		slash = memchr(path, '/', (size_t)(end - path));
		if (slash == NULL)
			slash = end;
		if (!path_name_ok(path, (size_t)(slash - path))) {
			fdio_close(&fd);
			return ERR_FORMAT;
		}
		memcpy(name, path, (size_t)(slash - path));
		name[slash - path] = '\0';
		next = dest_openat(fd, name, O_RDONLY | O_DIRECTORY, 0);
		r = errno;
		fdio_close(&fd);
		errno = r;
		fd = next;
	}
	*fdp = c->fd = fd;
	return 0;
}

static void
compare_differs(struct compare *c, const struct manifest_line *l,
    const char *what)
{

	problems_add(c->p->problems, PROBLEM_DIFFERS, l->path, l->path_len,
	    "%s", what);
}

/* Tell whether st is of the type that was restored. */
static bool
compare_type(const struct manifest_line *l, const struct stat *st)
{
	struct attr a;

	attr_from_stat(st, &a);
	return a.type == l->attr.type;
}

/* Compare what stat tells; true if all agrees. */
static bool
compare_stat(struct compare *c, const struct manifest_line *l,
    const struct stat *st)
{
	const struct attr *a = &l->attr;
	uint64_t before = problems_total(c->p->problems);

	if ((a->have & ATTR_MODE) != 0 && (st->st_mode & 07777) != a->mode)
		compare_differs(c, l, "its mode differs");
	if ((a->have & ATTR_OWNER) != 0 &&
	    (st->st_uid != a->uid || st->st_gid != a->gid))
		compare_differs(c, l, "its owner differs");
	if ((a->have & ATTR_MTIME) != 0 &&
	    (st->st_mtim.tv_sec != a->mtime ||
	    st->st_mtim.tv_nsec != (long)a->mtime_ns))
		compare_differs(c, l, "its modification time differs");
	if ((a->have & ATTR_RDEV) != 0 &&
	    (major(st->st_rdev) != a->rdev_major ||
	    minor(st->st_rdev) != a->rdev_minor))
		compare_differs(c, l, "its device number differs");
	return problems_total(c->p->problems) == before;
}

/* Digest a file's content and compare it. */
static bool
compare_content(struct compare *c, const struct manifest_line *l, int dirfd,
    const char *name, const struct stat *st)
{
	bool sparse = (l->have & MANIFEST_SPARSE) != 0;
	uint8_t hash[SHA256_LEN];
	int fd, r;

	if ((l->attr.have & ATTR_SIZE) != 0 &&
	    (uint64_t)st->st_size != l->attr.size) {
		compare_differs(c, l, "its size differs");
		return false;
	}
	fd = dest_openat(dirfd, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd == -1) {
		problems_add(c->p->problems, PROBLEM_DIFFERS, l->path,
		    l->path_len, "cannot open it: %s", strerror(errno));
		return false;
	}
	r = hasher_file(c->hasher, fd, (uint64_t)st->st_size, sparse, hash);
	fdio_close(&fd);
	if (r != 0)
		compare_differs(c, l, "its content cannot be read");
	else if (memcmp(hash, l->hash, sizeof(hash)) != 0)
		compare_differs(c, l, "its content differs");
	else
		return true;
	return false;
}

static bool
compare_target(struct compare *c, const struct manifest_line *l, int dirfd,
    const char *name)
{
	uint8_t hash[SHA256_LEN];
	ssize_t len;

	len = readlinkat(dirfd, name, c->target, COMPARE_TARGET_MAX);
	if (len >= 0 && sha256_of(c->target, (size_t)len, hash) == 0 &&
	    memcmp(hash, l->hash, sizeof(hash)) == 0)
		return true;
	compare_differs(c, l, "it points somewhere else");
	return false;
}

/* Compare one line with what stands at dirfd and name. */
static void
compare_at(struct compare *c, const struct manifest_line *l, int dirfd,
    const char *name)
{
	bool file = l->attr.type == ATTR_FILE, same;
	struct stat st;

	c->counts.files += file;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		compare_differs(c, l, errno == ENOENT ? "it is missing" :
		    "it cannot be looked at");
		return;
	}
	if (!compare_type(l, &st)) {
		compare_differs(c, l, "it is of another type");
		return;
	}
	same = compare_stat(c, l, &st);
	if (file && (l->have & MANIFEST_HASH) != 0) {
		same = compare_content(c, l, dirfd, name, &st) && same;
		c->counts.bytes += l->attr.size;
	}
	if (l->attr.type == ATTR_SYMLINK && (l->have & MANIFEST_HASH) != 0)
		same = compare_target(c, l, dirfd, name) && same;
	c->counts.files_ok += file && same;
}

/* Remember that path belongs to the restore, and so does what is above it,
 * which the line before has not told if its directory was another. */
static int
compare_keep(struct compare *c, const uint8_t *path, size_t len, size_t dir)
{
	bool told = compare_is_dir(c, path, dir);
	uint8_t hash[SHA256_LEN];
	int r;

	while (len > 0) {
		if ((r = sha256_of(path, len, hash)) != 0 ||
		    (r = spool_add(&c->keys, hash)) != 0)
			return r;
		if (told)
			break;
		while (len > 0 && path[--len] != '/')
			continue;
	}
	return 0;
}

static int
compare_line(struct compare *c, const struct manifest_line *l, bool whole)
{
	char name[PATH_NAME_MAX + 1];
	size_t dir = l->path_len, len;
	int fd, r;

	if (l->path_len == 1 && l->path[0] == '.') {
		compare_at(c, l, c->p->dirfd, ".");
		return 0;
	}
	while (dir > 0 && l->path[dir - 1] != '/')
		dir--;
	len = l->path_len - dir;
	if (whole && (r = compare_keep(c, l->path, l->path_len,
	    dir > 0 ? dir - 1 : 0)) != 0)
		return r;
	if (!path_name_ok(l->path + dir, len))
		return ERR_FORMAT;
	memcpy(name, l->path + dir, len);
	name[len] = '\0';
	if ((r = compare_open(c, l->path, dir > 0 ? dir - 1 : 0, &fd)) != 0)
		return r;
	if (fd == -1) {
		compare_differs(c, l, errno == ENOENT ? "it is missing" :
		    "its directory cannot be opened");
		c->counts.files += l->attr.type == ATTR_FILE;
		return 0;
	}
	compare_at(c, l, fd, name);
	return 0;
}

static bool
compare_known(const struct compare *c, const uint8_t *path, size_t len)
{
	uint8_t hash[SHA256_LEN];
	size_t i;

	if (sha256_of(path, len, hash) != 0)
		return false;
	i = spool_search(&c->keys, hash, COMPARE_KEY);
	return i < c->keys.n &&
	    memcmp(spool_at(&c->keys, i), hash, COMPARE_KEY) == 0;
}

/* Have a directory looked through later. */
static int
compare_push(struct compare *c, const uint8_t *path, size_t len)
{
	struct compare_dir d = { .text = c->texts.n, .len = len };
	int r;

	if ((r = spool_append(&c->texts, path, len)) != 0)
		return r;
	return spool_add(&c->queue, &d);
}

/* Look at one name of the directory whose path is in path. */
static int
compare_name(struct compare *c, int dirfd, struct buf *path,
    const char *name)
{
	size_t above = buf_len(path);
	struct stat st;
	int r;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (above == 0 && (strcmp(name, STATE_DIR) == 0 ||
	    strcmp(name, "lost+found") == 0))
		return 0;
	if ((above > 0 && (r = buf_put_u8(path, '/')) != 0) ||
	    (r = buf_put(path, name, strlen(name))) != 0)
		return r;
	r = 0;
	if (!compare_known(c, buf_ptr(path), buf_len(path)))
		problems_add(c->p->problems, PROBLEM_DIFFERS, buf_ptr(path),
		    buf_len(path), "it was not restored: it has been added");
	else if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		r = compare_push(c, buf_ptr(path), buf_len(path));
	buf_trim(path, buf_len(path) - above);
	return r;
}

/* Look through one directory for what the manifest does not list. */
static int
compare_look(struct compare *c, struct buf *path)
{
	const struct dirent *e;
	DIR *dir = NULL;
	int fd, own, r;

	r = compare_open(c, buf_ptr(path), buf_len(path), &fd);
	if (r != 0 || fd == -1)
		return r;	/* missing: told already */
	if ((own = dest_openat(fd, ".", O_RDONLY | O_DIRECTORY, 0)) == -1 ||
	    (dir = fdopendir(own)) == NULL) {
		fdio_close(&own);
		return 0;
	}
	while (r == 0 && (e = readdir(dir)) != NULL)
		r = compare_name(c, fd, path, e->d_name);
	closedir(dir);
	return r;
}

/* Breadth first, so that depth takes no descriptors. */
static int
compare_extras(struct compare *c)
{
	struct compare_dir d;
	struct buf *path = NULL;
	size_t i;
	int r;

	spool_sort(&c->keys, COMPARE_KEY);
	if ((r = buf_new(SIZE_MAX / 2, &path)) != 0 ||
	    (r = compare_push(c, (const uint8_t *)"", 0)) != 0)
		goto out;
	for (i = 0; r == 0 && i < c->queue.n; i++) {
		memcpy(&d, spool_at(&c->queue, i), sizeof(d));
		buf_reset(path);
		if (d.len > 0 && (r = buf_put(path,
		    spool_at(&c->texts, d.text), d.len)) != 0)
			break;
		if (c->p->step(c->counts.entries, c->counts.bytes,
		    c->p->arg))
			r = ERR_CANCELLED;
		else
			r = compare_look(c, path);
	}
 out:
	buf_free(path);
	return r;
}

int
compare_run(const struct compare_params *p, struct manifest_reader *m,
    bool whole, struct compare_counts *countsp)
{
	struct compare c = { .p = p, .fd = -1 };
	struct manifest_line l;
	int r;

	if ((r = compare_init(&c)) != 0)
		goto out;
	while ((r = manifest_next(m, &l)) == 1) {
		if ((r = compare_line(&c, &l, whole)) != 0)
			goto out;
		c.counts.entries++;
		if (p->step(c.counts.entries, c.counts.bytes, p->arg)) {
			r = ERR_CANCELLED;
			goto out;
		}
	}
	if (r == 0 && whole)
		r = compare_extras(&c);
	if (r == 0)
		*countsp = c.counts;
 out:
	compare_clear(&c);
	return r;
}
