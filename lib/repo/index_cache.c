/* index_cache.c: decrypted runs kept on the server's own disk. */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "repo/core.h"
#include "repo/index_impl.h"
#include "repo/internal.h"

/*
 * A cached run is a header and the tables as they are used:
 *
 *	magic 8, mac 32, repository 16, hash of the index object 32,
 *	rows of each table u64
 *
 * The mac covers the rest of the header and a mac of each table, so that a
 * torn or changed file is noticed; it is then made anew.
 */
#define CACHE_MAGIC "KHORUN1\n"
#define CACHE_MAGIC_LEN 8
#define CACHE_BODY_AT (CACHE_MAGIC_LEN + ID_LEN)
#define CACHE_BODY_LEN (REPO_ID_LEN + 32 + 8 * RUN_TABLES)
#define CACHE_HEAD_LEN (CACHE_BODY_AT + CACHE_BODY_LEN)

#define CACHE_SUFFIX ".run"
#define CACHE_NAME_LEN (64 + 4)
#define CACHE_TMP_AGE (24 * 60 * 60)

/* "DIR/HASH.run" in new memory. */
static int
cache_path(const struct repo *r, const uint8_t hash[32], char **pathp)
{
	char name[CACHE_NAME_LEN + 1];

	hex_format(hash, 32, name);
	memcpy(name + 64, CACHE_SUFFIX, sizeof(CACHE_SUFFIX));
	return path_join(r->cache, name, pathp);
}

/* Fill in the header of u. */
static void
cache_head(const struct repo *r, const struct run *u,
    uint8_t head[CACHE_HEAD_LEN])
{
	const struct id_key *key = &repo_keys(r)->cache;
	uint8_t all[CACHE_BODY_LEN + RUN_TABLES * ID_LEN], *p;
	unsigned int t;

	memcpy(all, r->params.id, REPO_ID_LEN);
	memcpy(all + REPO_ID_LEN, u->hash, 32);
	p = all + REPO_ID_LEN + 32;
	for (t = 0; t < RUN_TABLES; t++, p += 8) {
		bytes_put32(p, (uint32_t)((uint64_t)u->n[t] >> 32));
		bytes_put32(p + 4, (uint32_t)u->n[t]);
	}
	for (t = 0; t < RUN_TABLES; t++, p += ID_LEN)
		id_mac(key, u->n[t] == 0 ? all : u->rows[t],
		    u->n[t] * run_row[t], p);
	memcpy(head, CACHE_MAGIC, CACHE_MAGIC_LEN);
	id_mac(key, all, sizeof(all), head + CACHE_MAGIC_LEN);
	memcpy(head + CACHE_BODY_AT, all, CACHE_BODY_LEN);
}

/* Point u at the tables in its map.  ERR_FORMAT if they do not fill it. */
static int
cache_tables(struct run *u)
{
	const uint8_t *map = u->map;
	const uint8_t *p = map + CACHE_HEAD_LEN - 8 * RUN_TABLES;
	uint64_t n, left = u->map_len - CACHE_HEAD_LEN;
	unsigned int t;

	for (t = 0; t < RUN_TABLES; t++, p += 8) {
		n = (uint64_t)bytes_get32(p) << 32 | bytes_get32(p + 4);
		if (n > left / run_row[t])
			return ERR_FORMAT;
		u->rows[t] = map + u->map_len - left;
		u->n[t] = (size_t)n;
		left -= n * run_row[t];
	}
	return left == 0 ? 0 : ERR_FORMAT;
}

/* Map the file and check all of it. */
static int
cache_map(const struct repo *r, int fd, struct run *u)
{
	uint8_t head[CACHE_HEAD_LEN];
	struct stat st;
	void *map;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode) || st.st_size < CACHE_HEAD_LEN)
		return ERR_FORMAT;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_from_errno(errno);
	u->map = map;
	u->map_len = (size_t)st.st_size;
	if (cache_tables(u) != 0)
		return ERR_FORMAT;
	cache_head(r, u, head);
	return memcmp(head, map, sizeof(head)) == 0 ? 0 : ERR_CORRUPT;
}

/* Map the cached run, ERR_NOENT if there is none that is whole. */
static int
run_cache_get(struct repo *r, const uint8_t hash[32], struct run **up)
{
	struct index_run none;
	struct run *u = NULL;
	char *path = NULL;
	int fd = -1, e;

	if (r->cache == NULL)
		return ERR_NOENT;
	index_run_init(&none);
	if ((e = cache_path(r, hash, &path)) != 0 ||
	    (e = run_new(&none, hash, &u)) != 0)
		goto out;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		e = err_from_errno(errno);
	else
		e = cache_map(r, fd, u);
	if (e == 0) {
		*up = u;
		u = NULL;	/* the caller's now */
	} else if (e != ERR_NOENT) {
		log_warn("cache %s: not usable: %s", path, err_text(e));
		e = ERR_NOENT;
	}
 out:
	fdio_close(&fd);
	run_free(u);
	free(path);
	return e;
}

/* Write u to fd. */
static int
cache_write(const struct repo *r, const struct run *u, int fd)
{
	uint8_t head[CACHE_HEAD_LEN];
	unsigned int t;
	int e;

	cache_head(r, u, head);
	if ((e = fdio_write_all(fd, head, sizeof(head))) != 0)
		return e;
	for (t = 0; t < RUN_TABLES; t++)
		if (u->n[t] > 0 && (e = fdio_write_all(fd, u->rows[t],
		    u->n[t] * run_row[t])) != 0)
			return e;
	return 0;
}

/* No sync: after a crash the mac tells what did not reach the disk. */
void
run_cache_put(struct repo *r, const struct run *u)
{
	char *path = NULL, *tmp = NULL;
	int fd = -1, e;

	if (r->cache == NULL || (e = cache_path(r, u->hash, &path)) != 0)
		return;
	if ((e = path_join(r->cache, "tmp.XXXXXX", &tmp)) != 0)
		goto out;
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1) {
		e = err_from_errno(errno);
		goto out;
	}
	e = cache_write(r, u, fd);
	if (e == 0 && rename(tmp, path) == -1)
		e = err_from_errno(errno);
	if (e != 0)
		unlink(tmp);
 out:
	if (e != 0)
		log_warn("cache %s: write: %s", path, err_text(e));
	fdio_close(&fd);
	free(tmp);
	free(path);
}

int
run_load(struct repo *r, const uint8_t hash[32], struct run **up)
{
	int e;

	if ((e = run_cache_get(r, hash, up)) != ERR_NOENT)
		return e;
	if ((e = run_read(r, hash, up)) == 0)
		run_cache_put(r, *up);
	return e;
}

/* Tell whether the file called name, which we made, is of no use any more. */
static bool
cache_stale(const struct index *x, int dirfd, const char *name)
{
	char own[CACHE_NAME_LEN + 1];
	struct stat st;
	size_t i;

	if (strncmp(name, "tmp.", 4) == 0)
		return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime < clock_system() - CACHE_TMP_AGE;
	if (strlen(name) != CACHE_NAME_LEN ||
	    strcmp(name + 64, CACHE_SUFFIX) != 0)
		return false;
	for (i = 0; i < x->n; i++) {
		hex_format(x->runs[i]->hash, 32, own);
		if (strncmp(name, own, 64) == 0)
			return false;
	}
	return true;
}

void
run_cache_trim(struct index *x)
{
	struct dirent *e;
	DIR *dir;

	if (x->r->cache == NULL || (dir = opendir(x->r->cache)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (cache_stale(x, dirfd(dir), e->d_name))
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
}
