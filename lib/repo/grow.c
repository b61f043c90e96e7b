/* grow.c: an array of records in a mapped, unnamed file. */
#include "config.h"

#include "repo/grow.h"

#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/fdio.h"
#include "base/log.h"

#define GROW_FIRST (16u << 10)
#define GROW_ANONYMOUS (256u << 10)	/* more than this goes to a file */
#define SORT_SMALL 24		/* fewer records than this: by insertion */

void
grow_init(struct grow *g, size_t rec)
{
	memset(g, 0, sizeof(*g));
	g->fd = -1;
	g->rec = rec;
}

void
grow_clear(struct grow *g)
{
	if (g->p != NULL)
		munmap(g->p, g->cap);
	if (g->fd != -1)
		fdio_close(&g->fd);
	grow_init(g, g->rec);
}

/* Make the file, with size bytes allocated. */
static int
grow_allocate(struct grow *g, size_t size)
{
	int e, r;

	if (g->fd == -1 && (r = fdio_tmpfile(NULL, &g->fd)) != 0) {
		log_err(r, "temporary file: make");
		return r;
	}
	if ((e = posix_fallocate(g->fd, 0, (off_t)size)) != 0) {
		log_errno(e, "temporary file: allocate %zu bytes", size);
		return err_from_errno(e);
	}
	return 0;
}

/* Map size bytes, in place of what is mapped. */
static int
grow_map(struct grow *g, size_t size)
{
	bool move = g->fd == -1 && size > GROW_ANONYMOUS;
	void *p;
	int r;

	if (size > GROW_ANONYMOUS && (r = grow_allocate(g, size)) != 0)
		return r;
	if (g->p != NULL && !move)
		p = mremap(g->p, g->cap, size, MREMAP_MAYMOVE);
	else
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, g->fd == -1 ?
		    MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, g->fd, 0);
	if (p == MAP_FAILED) {
		log_errno(errno, "temporary file: map %zu bytes", size);
		return ERR_NOMEM;
	}
	if (g->p != NULL && move) {
		memcpy(p, g->p, g->cap);
		munmap(g->p, g->cap);
	}
	g->p = p;
	g->cap = size;
	return 0;
}

/* Have room for n records. */
static int
grow_room(struct grow *g, size_t n)
{
	size_t size = g->cap == 0 ? GROW_FIRST : g->cap;

	if (n > SIZE_MAX / 2 / g->rec)
		return ERR_NOMEM;
	if (n * g->rec <= g->cap)
		return 0;
	while (size < n * g->rec)
		size += size;
	return grow_map(g, size);
}

int
grow_add(struct grow *g, const void *data)
{
	int r;

	if ((r = grow_room(g, g->n + 1)) != 0)
		return r;
	memcpy(g->p + g->n++ * g->rec, data, g->rec);
	return 0;
}

int
grow_fill(struct grow *g, size_t n)
{
	int r;

	if (n <= g->n)
		return 0;
	if ((r = grow_room(g, n)) != 0)
		return r;
	memset(g->p + g->n * g->rec, 0, (n - g->n) * g->rec);
	g->n = n;
	return 0;
}

uint8_t *
grow_at(const struct grow *g, size_t i)
{
	return g->p + i * g->rec;
}

static void
swap(uint8_t *a, uint8_t *b, size_t len)
{
	uint8_t tmp[GROW_REC_MAX];

	memcpy(tmp, a, len);
	memcpy(a, b, len);
	memcpy(b, tmp, len);
}

static void
sort_insertion(uint8_t *p, size_t n, size_t rec, size_t key)
{
	size_t i, j;

	for (i = 1; i < n; i++)
		for (j = i; j > 0 && memcmp(p + (j - 1) * rec, p + j * rec,
		    key) > 0; j--)
			swap(p + (j - 1) * rec, p + j * rec, rec);
}

/* A part of the array whose records agree in the first at bytes. */
struct part {
	uint8_t	*p;
	size_t	 n;
	size_t	 at;
};

/*
 * American flag sort: count the values of byte at, then put each record
 * into its bucket by exchanges, and sort the buckets by the next byte.  The
 * depth is that of the key.
 */
static void
sort_part(const struct part *part, size_t rec, size_t key)
{
	size_t begin[256], end[256], i, v;
	struct part sub;
	uint8_t *p = part->p;

	if (part->n < SORT_SMALL || part->at >= key) {
		sort_insertion(p, part->at < key ? part->n : 0, rec, key);
		return;
	}
	memset(end, 0, sizeof(end));
	for (i = 0; i < part->n; i++)
		end[p[i * rec + part->at]]++;
	for (v = 0, i = 0; v < 256; v++) {
		begin[v] = i;
		i = end[v] += i;
	}
	for (v = 0; v < 256; v++)
		while (begin[v] < end[v]) {
			i = p[begin[v] * rec + part->at];
			if (i == v)
				begin[v]++;
			else
				swap(p + begin[v] * rec,
				    p + begin[i]++ * rec, rec);
		}
	for (v = 0, i = 0; v < 256; i = end[v++]) {
		sub.p = p + i * rec;
		sub.n = end[v] - i;
		sub.at = part->at + 1;
		if (sub.n > 1)
			sort_part(&sub, rec, key);
	}
}

void
grow_sort(struct grow *g, size_t key)
{
	struct part all = { g->p, g->n, 0 };

	if (g->n > 1)
		sort_part(&all, g->rec, key);
}

size_t
grow_search(const struct grow *g, const void *data, size_t key)
{
	size_t lo = 0, hi = g->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(grow_at(g, mid), data, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
