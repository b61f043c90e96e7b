/* spool.c: arrays that may outgrow memory, in unnamed mapped files. */
#include "config.h"

#include "restore/spool.h"

#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "base/log.h"

#define SPOOL_FIRST (64u << 10)		/* bytes of the first mapping */
#define SPOOL_RECORD_MAX 512		/* bytes; swapped on the stack */
#define SPOOL_SORT_SMALL 12		/* fewer records: insertion sort */

struct spool {
	int	 fd;
	uint8_t	*map;
	size_t	 size;		/* of a record */
	uint64_t count;
	size_t	 cap;		/* bytes mapped */
};

int
spool_new(size_t size, struct spool **sp)
{
	struct spool *s;
	int r;

	if (size == 0 || size > SPOOL_RECORD_MAX)
		return ERR_CONFIG;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->size = size;
	s->fd = -1;
	if ((r = fdio_tmpfile(NULL, &s->fd)) != 0) {
		log_err(r, "temporary file: make (see TMPDIR)");
		free(s);
		return r;
	}
	*sp = s;
	return 0;
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	if (s->map != NULL)
		munmap(s->map, s->cap);
	fdio_close(&s->fd);
	free(s);
}

/* Let the mapping hold at least need bytes. */
static int
spool_grow(struct spool *s, size_t need)
{
	size_t cap = s->cap == 0 ? SPOOL_FIRST : s->cap;
	void *map;
	int e;

	while (cap < need) {
		if (cap > SIZE_MAX / 2)
			return ERR_NOMEM;
		cap += cap / 2;
	}
	/* Reserved now, as a full disk would else be a SIGBUS later. */
	if ((e = posix_fallocate(s->fd, 0, (off_t)cap)) != 0) {
		log_errno(e, "temporary file: grow (see TMPDIR)");
		return err_from_errno(e);
	}
	if (s->map == NULL)
		map = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_SHARED,
		    s->fd, 0);
	else
		map = mremap(s->map, s->cap, cap, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return err_from_errno(errno);
	s->map = map;
	s->cap = cap;
	return 0;
}

int
spool_add(struct spool *s, const void *records, size_t n, uint64_t *firstp)
{
	size_t used = (size_t)s->count * s->size, need;
	int r;

	if (n > (SIZE_MAX / 2 - used) / s->size)
		return ERR_NOMEM;
	need = used + n * s->size;
	if (need > s->cap && (r = spool_grow(s, need)) != 0)
		return r;
	if (n > 0)
		memcpy(s->map + used, records, n * s->size);
	*firstp = s->count;
	s->count += n;
	return 0;
}

void *
spool_at(const struct spool *s, uint64_t i)
{

	return s->map + (size_t)i * s->size;
}

uint64_t
spool_count(const struct spool *s)
{

	return s->count;
}

void
spool_cut(struct spool *s, uint64_t n)
{

	if (n < s->count)
		s->count = n;
}

static void
spool_swap(const struct spool *s, uint64_t i, uint64_t j)
{
	uint8_t tmp[SPOOL_RECORD_MAX];

	if (i == j)
		return;
	memcpy(tmp, spool_at(s, i), s->size);
	memcpy(spool_at(s, i), spool_at(s, j), s->size);
	memcpy(spool_at(s, j), tmp, s->size);
}

/* Insertion sort of records lo to hi, both included. */
static void
spool_sort_small(const struct spool *s, uint64_t lo, uint64_t hi,
    int (*compare)(const void *, const void *))
{
	uint64_t i, j;

	for (i = lo + 1; i <= hi; i++)
		for (j = i; j > lo &&
		    compare(spool_at(s, j - 1), spool_at(s, j)) > 0; j--)
			spool_swap(s, j - 1, j);
}

/*
 * Split records lo to hi about a pivot; none left of the result is above one
 * right of it.  The pivot is drawn by chance, so that no order that a source
 * could arrange makes sorting slow.
 */
static uint64_t
spool_split(const struct spool *s, uint64_t lo, uint64_t hi,
    int (*compare)(const void *, const void *))
{
	uint8_t pivot[SPOOL_RECORD_MAX];
	uint64_t span = hi - lo, i = lo, j = hi;
	uint64_t draw = ((uint64_t)random() << 31 | (uint64_t)random());

	spool_swap(s, lo, lo + draw % span);
	memcpy(pivot, spool_at(s, lo), s->size);
	for (;;) {
		while (compare(spool_at(s, i), pivot) < 0)
			i++;
		while (compare(spool_at(s, j), pivot) > 0)
			j--;
		if (i >= j)
			return j;
		spool_swap(s, i++, j--);
	}
}

void
spool_sort(struct spool *s, int (*compare)(const void *a, const void *b))
{
	/* The larger part waits here: 64 levels do for 2^64 records. */
	struct { uint64_t lo, hi; } stack[64];
	size_t depth = 0;
	uint64_t lo = 0, hi, mid;

	if (s->count < 2)
		return;
	hi = s->count - 1;
	for (;;) {
		if (hi - lo < SPOOL_SORT_SMALL) {
			spool_sort_small(s, lo, hi, compare);
			if (depth == 0)
				return;
			depth--;
			lo = stack[depth].lo;
			hi = stack[depth].hi;
			continue;
		}
		mid = spool_split(s, lo, hi, compare);
		if (mid - lo < hi - mid) {
			stack[depth].lo = mid + 1;
			stack[depth++].hi = hi;
			hi = mid;
		} else {
			stack[depth].lo = lo;
			stack[depth++].hi = mid;
			lo = mid + 1;
		}
	}
}
