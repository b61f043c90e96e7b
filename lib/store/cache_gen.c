/* cache_gen.c: generations of copies, and what they hold. */
#include "config.h"

#include "store/cache_gen.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"

#define SHARE 16		/* a generation takes 1/SHARE of the maximum */
#define GENS_LIVE 48		/* more are too many to look through */
#define BUCKETS 64
#define GEN_DIGITS 10
#define DIR_MODE 0700

static unsigned int
bucket_of(const char *name)
{
	uint32_t h = UINT32_C(2166136261);

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * UINT32_C(16777619);
	return h % BUCKETS;
}

void
gen_path(uint64_t gen, const char *name, const char *file,
    char out[GEN_PATH_MAX])
{
	snprintf(out, GEN_PATH_MAX, "g%0*" PRIu64 "/%02x/%s", GEN_DIGITS, gen,
	    bucket_of(name), file);
}

/* The generation's own directory or file. */
static void
gen_file(uint64_t gen, const char *file, char out[GEN_PATH_MAX])
{
	snprintf(out, GEN_PATH_MAX, "g%0*" PRIu64 "%s", GEN_DIGITS, gen, file);
}

static uint64_t
units(uint64_t size)
{
	return size / GEN_UNIT + 1;
}

/* Lengthen a count. */
static int
count_add(const struct cache_gens *g, uint64_t gen, const char *which,
    uint64_t size)
{
	static const uint8_t zeros[GEN_UNIT];
	char path[GEN_PATH_MAX];
	uint64_t left = units(size);
	size_t n;
	int fd, r = 0;

	gen_file(gen, which, path);
	fd = openat(g->fd, path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return err_from_errno(errno);
	for (; left > 0 && r == 0; left -= n) {
		n = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
		r = fdio_write_all(fd, zeros, n);
	}
	fdio_close(&fd);
	return r;
}

static uint64_t
count_of(const struct cache_gens *g, uint64_t gen, const char *which)
{
	char path[GEN_PATH_MAX];
	struct stat st;

	gen_file(gen, which, path);
	if (fstatat(g->fd, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	return (uint64_t)st.st_size;
}

static uint64_t
gen_bytes(const struct cache_gens *g, uint64_t gen)
{
	uint64_t in = count_of(g, gen, "/in"), out = count_of(g, gen, "/out");

	return in > out ? (in - out) * GEN_UNIT : 0;
}

/* Open a directory below g's own for reading it; NULL if it is not there. */
static DIR *
dir_open(const struct cache_gens *g, const char *path)
{
	DIR *d = NULL;
	int fd;

	fd = openat(g->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd != -1 && (d = fdopendir(fd)) == NULL)
		fdio_close(&fd);
	return d;
}

/* Remove the files of a directory, then itself. */
static void
dir_remove(const struct cache_gens *g, const char *path)
{
	struct dirent *e;
	DIR *d;

	if ((d = dir_open(g, path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	unlinkat(g->fd, path, AT_REMOVEDIR);
}

/* Remove a generation; one that is written to now stays for another time. */
static void
gen_remove(const struct cache_gens *g, uint64_t gen)
{
	char path[GEN_PATH_MAX], bucket[8];
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		snprintf(bucket, sizeof(bucket), "/%02x", i);
		gen_file(gen, bucket, path);
		dir_remove(g, path);
	}
	gen_file(gen, "", path);
	dir_remove(g, path);
}

/* Insert a number; where there are too many the least is removed. */
static void
gens_add(struct cache_gens *g, uint64_t gen)
{
	size_t i;

	if (g->n == GENS_MAX) {
		if (gen < g->v[0]) {
			gen_remove(g, gen);
			return;
		}
		gen_remove(g, g->v[0]);
		memmove(g->v, g->v + 1, --g->n * sizeof(g->v[0]));
	}
	for (i = g->n; i > 0 && g->v[i - 1] > gen; i--)
		g->v[i] = g->v[i - 1];
	g->v[i] = gen;
	g->n++;
}

int
gens_look(struct cache_gens *g)
{
	struct dirent *e;
	struct stat st;
	char *end;
	DIR *d;

	if (fstat(g->fd, &st) == -1 || (d = dir_open(g, ".")) == NULL)
		return err_from_errno(errno);
	g->seen = st.st_mtim;
	g->n = 0;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] != 'g' ||
		    strlen(e->d_name) != 1 + GEN_DIGITS ||
		    strspn(e->d_name + 1, "0123456789") != GEN_DIGITS)
			continue;
		gens_add(g, strtoull(e->d_name + 1, &end, 10));
	}
	closedir(d);
	return 0;
}

/* Begin another generation, which another process may have done just now. */
static int
gen_make(struct cache_gens *g, uint64_t gen)
{
	char path[GEN_PATH_MAX];

	gen_file(gen, "", path);
	if (mkdirat(g->fd, path, DIR_MODE) == -1 && errno != EEXIST)
		return err_from_errno(errno);
	gens_add(g, gen);
	return 0;
}

/* The generation to write to, with the directory of name's copies in it. */
static int
gens_current(struct cache_gens *g, const char *name, uint64_t *genp)
{
	char path[GEN_PATH_MAX];
	uint64_t gen;
	int r;

	if ((r = gens_look(g)) != 0)
		return r;
	gen = g->n > 0 ? g->v[g->n - 1] : 0;
	if ((g->n == 0 || gen_bytes(g, gen) >= g->max / SHARE) &&
	    (r = gen_make(g, ++gen)) != 0)
		return r;
	gen_path(gen, name, "", path);
	path[strlen(path) - 1] = '\0';
	if (mkdirat(g->fd, path, DIR_MODE) == -1 && errno != EEXIST)
		return err_from_errno(errno);
	*genp = gen;
	return 0;
}

/* Make room for size bytes: the oldest go, and those that hold nothing. */
static void
gens_shrink(struct cache_gens *g, uint64_t size)
{
	uint64_t bytes[GENS_MAX], total = size;
	size_t i, n = 0;

	for (i = 0; i < g->n; i++)
		total += bytes[i] = gen_bytes(g, g->v[i]);
	for (i = 0; i < g->n; i++) {
		if (i + 1 < g->n && (bytes[i] == 0 || total > g->max ||
		    g->n - i + n > GENS_LIVE)) {
			gen_remove(g, g->v[i]);
			total -= bytes[i];
		} else
			g->v[n++] = g->v[i];
	}
	g->n = n;
}

/* Tell whether generations came or went since. */
static bool
is_stale(const struct cache_gens *g)
{
	struct stat st;

	return fstat(g->fd, &st) == 0 &&
	    (st.st_mtim.tv_sec != g->seen.tv_sec ||
	    st.st_mtim.tv_nsec != g->seen.tv_nsec);
}

static int
open_newest(const struct cache_gens *g, struct gen_entry *e, int *fdp)
{
	char path[GEN_PATH_MAX];
	size_t i;
	int fd;

	for (i = g->n; i > 0; i--) {
		gen_path(g->v[i - 1], e->name, e->file, path);
		fd = openat(g->fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_CLOEXEC);
		if (fd != -1) {
			e->gen = g->v[i - 1];
			*fdp = fd;
			return 0;
		}
	}
	return ERR_NOENT;
}

int
gens_open(struct cache_gens *g, struct gen_entry *e, int *fdp)
{
	int r;

	if ((r = open_newest(g, e, fdp)) == ERR_NOENT && is_stale(g) &&
	    gens_look(g) == 0)
		r = open_newest(g, e, fdp);
	return r;
}

void
gens_use(struct cache_gens *g, struct gen_entry *e, uint64_t size)
{
	char from[GEN_PATH_MAX], to[GEN_PATH_MAX];
	uint64_t gen;

	if (e->gen == g->v[g->n - 1] || gens_current(g, e->name, &gen) != 0 ||
	    e->gen >= gen)
		return;
	gen_path(e->gen, e->name, e->file, from);
	gen_path(gen, e->name, e->file, to);
	/* Of two who do so one counts. */
	if (renameat(g->fd, from, g->fd, to) == -1)
		return;
	(void)!count_add(g, gen, "/in", size);
	(void)!count_add(g, e->gen, "/out", size);
	e->gen = gen;
}

int
gens_place(struct cache_gens *g, struct gen_entry *e, uint64_t size)
{
	int r;

	if ((r = gens_current(g, e->name, &e->gen)) != 0)
		return r;
	gens_shrink(g, units(size) * GEN_UNIT);
	/* First: whoever is killed now has counted too much, not too little. */
	return count_add(g, e->gen, "/in", size);
}

int
gens_take(struct cache_gens *g, const struct gen_entry *e, const char *tmp)
{
	char to[GEN_PATH_MAX];

	gen_path(e->gen, e->name, e->file, to);
	return renameat(g->fd, tmp, g->fd, to) == 0 ? 0 :
	    err_from_errno(errno);
}

void
gens_remove(struct cache_gens *g, const struct gen_entry *e, uint64_t size)
{
	char path[GEN_PATH_MAX];

	gen_path(e->gen, e->name, e->file, path);
	if (unlinkat(g->fd, path, 0) == 0)
		(void)!count_add(g, e->gen, "/out", size);
}

/* Remove them from one generation. */
static size_t
gen_drop(struct cache_gens *g, uint64_t gen, const char *name,
    const char *file)
{
	char path[GEN_PATH_MAX];
	size_t len = strlen(file), n = 0;
	struct dirent *e;
	struct stat st;
	DIR *d;

	gen_path(gen, name, "", path);
	if ((d = dir_open(g, path)) == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, file, len) != 0 ||
		    (e->d_name[len] != '\0' && e->d_name[len] != '@') ||
		    fstatat(dirfd(d), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1 ||
		    unlinkat(dirfd(d), e->d_name, 0) == -1)
			continue;
		(void)!count_add(g, gen, "/out", (uint64_t)st.st_size);
		n++;
	}
	closedir(d);
	return n;
}

size_t
gens_drop(struct cache_gens *g, const char *name, const char *file)
{
	size_t i, n = 0;

	if (gens_look(g) != 0)
		return 0;
	for (i = 0; i < g->n; i++)
		n += gen_drop(g, g->v[i], name, file);
	return n;
}
