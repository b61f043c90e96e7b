/* spool.c: an array of records in a mapped, unnamed file. */
#include "config.h"

#include "base/spool.h"

#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/fdio.h"
#include "base/log.h"

#define SPOOL_UNIT (16u << 10)		/* room is a multiple of this */
#define SPOOL_ANONYMOUS (256u << 10)	/* more than this goes to a file */
#define SORT_SMALL 24		/* fewer records than this: by insertion */

void
spool_init(struct spool *s, size_t rec)
{
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	s->rec = rec;
}

void
spool_clear(struct spool *s)
{
	if (s->p != NULL)
		munmap(s->p, s->cap);
	if (s->fd != -1)
		fdio_close(&s->fd);
	spool_init(s, s->rec);
}

/* Make the file, with size bytes allocated. */
static int
spool_allocate(struct spool *s, size_t size)
{
	int e, r;

	if (s->fd == -1 && (r = fdio_tmpfile(NULL, &s->fd)) != 0) {
		log_err(r, "temporary file: make (see TMPDIR)");
		return r;
	}
	if ((e = posix_fallocate(s->fd, 0, (off_t)size)) != 0) {
		log_errno(e, "temporary file: allocate %zu bytes (see TMPDIR)",
		    size);
		/* ERR_NOSPACE is said of the target. */
		return e == ENOSPC || e == EDQUOT ? ERR_NOMEM :
		    err_from_errno(e);
	}
	return 0;
}

/* Map size bytes, in place of what is mapped. */
static int
spool_map(struct spool *s, size_t size)
{
	bool move = s->fd == -1 && size > SPOOL_ANONYMOUS;
	void *p;
	int r;

	if (size > SPOOL_ANONYMOUS && (r = spool_allocate(s, size)) != 0)
		return r;
	if (s->p != NULL && !move)
		p = mremap(s->p, s->cap, size, MREMAP_MAYMOVE);
	else
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, s->fd == -1 ?
		    MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, s->fd, 0);
	if (p == MAP_FAILED) {
		log_errno(errno, "temporary file: map %zu bytes", size);
		return ERR_NOMEM;
	}
	if (s->p != NULL && move) {
		memcpy(p, s->p, s->cap);
		munmap(s->p, s->cap);
	}
	s->p = p;
	s->cap = size;
	return 0;
}

/* Have room for more records after those there are. */
static int
spool_room(struct spool *s, size_t more)
{
	size_t need, size;

	if (more > SIZE_MAX / 4 / s->rec - s->n)
		return ERR_NOMEM;
	need = (s->n + more) * s->rec;
	if (need <= s->cap)
		return 0;
	size = s->cap + s->cap / 2;
	if (size < need)
		size = need;
	return spool_map(s, (size + SPOOL_UNIT - 1) / SPOOL_UNIT *
	    SPOOL_UNIT);
}

int
spool_add(struct spool *s, const void *data)
{
	return spool_append(s, data, 1);
}

int
spool_append(struct spool *s, const void *data, size_t n)
{
	int r;

	if (n == 0)
		return 0;
	if ((r = spool_room(s, n)) != 0)
		return r;
	memcpy(s->p + s->n * s->rec, data, n * s->rec);
	s->n += n;
	return 0;
}

int
spool_fill(struct spool *s, size_t n)
{
	int r;

	if (n <= s->n)
		return 0;
	if ((r = spool_room(s, n - s->n)) != 0)
		return r;
	memset(s->p + s->n * s->rec, 0, (n - s->n) * s->rec);
	s->n = n;
	return 0;
}

void *
spool_at(const struct spool *s, size_t i)
{
	return s->p + i * s->rec;
}

static void
swap(uint8_t *a, uint8_t *b, size_t len)
{
	uint8_t tmp[SPOOL_RECORD_MAX];

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
spool_sort(struct spool *s, size_t key)
{
	struct part all = { s->p, s->n, 0 };

	if (s->n > 1)
		sort_part(&all, s->rec, key);
}

size_t
spool_search(const struct spool *s, const void *data, size_t key)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(spool_at(s, mid), data, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
