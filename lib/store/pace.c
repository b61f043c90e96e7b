/* pace.c: one limit for all processes that use a target. */
#include "config.h"

#include "store/pace.h"

#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/throttle.h"
#include "store/store.h"

#define SECOND UINT64_C(1000000000)
#define PIECES 16		/* in a second */
#define PIECE_MIN 1024
#define PIECE_MAX (256u << 10)
#define LATE (SECOND / 50)	/* that waking up and moving may take */
#define OTHERS 64		/* that may have booked as much as we do */

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes share one");

struct store_pace {
	struct throttle throttle;	/* knows the rate of the moment */
	atomic_ullong alone;
	atomic_ullong *booked;		/* the moment up to which, ns */
	bool	 hurries;		/* a signal has asked to end */
};

/* Map the word that all share, in the file at path. */
static int
map_shared(const char *path, atomic_ullong **wordp)
{
	void *p = MAP_FAILED;
	int fd, r = 0;

	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1 && ftruncate(fd, sizeof(**wordp)) == 0)
		p = mmap(NULL, sizeof(**wordp), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		r = err_from_errno(errno);
		log_warn("limit in %s cannot be shared: %s", path,
		    err_text(r));
	}
	fdio_close(&fd);
	if (r == 0)
		*wordp = p;
	return r;
}

int
store_pace_new(const struct store_access *access, struct store_pace **pp)
{
	struct store_pace *p;

	*pp = NULL;
	if (access == NULL || access->nlimits == 0)
		return 0;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	throttle_begin(&p->throttle, access->limits, access->nlimits,
	    access->began, clock_mono_ns());
	if (access->pace_file == NULL ||
	    map_shared(access->pace_file, &p->booked) != 0)
		p->booked = &p->alone;
	*pp = p;
	return 0;
}

/* Book the time of len bytes, and give the moment when it begins. */
static uint64_t
book(struct store_pace *p, uint64_t rate, size_t len, uint64_t now)
{
	uint64_t cost = len * SECOND / rate + 1, begin;
	unsigned long long booked = atomic_load(p->booked);

	do {
		begin = booked;
		if (begin < now - LATE)
			begin = now - LATE;
		/* Nobody books so far ahead: it is of before a restart. */
		if (begin > now + OTHERS * cost + SECOND)
			begin = now;
	} while (!atomic_compare_exchange_weak(p->booked, &booked,
	    begin + cost));
	return begin;
}

static void
wait_until(struct store_pace *p, uint64_t moment)
{
	const struct timespec t = { .tv_sec = (time_t)(moment / SECOND),
	    .tv_nsec = (long)(moment % SECOND) };

	p->hurries = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t,
	    NULL) == EINTR;
}

/* The rate to keep to at the moment, which is set; 0: none. */
static uint64_t
rate_now(struct store_pace *p, uint64_t *nowp)
{
	*nowp = clock_mono_ns();
	return p->hurries ? 0 : throttle_rate(&p->throttle, *nowp);
}

size_t
store_pace(struct store_pace *p, size_t len)
{
	uint64_t now, rate, piece;

	if (p == NULL)
		return len;
	if ((rate = rate_now(p, &now)) == 0)
		return len;
	piece = rate / PIECES;
	if (piece < PIECE_MIN)
		piece = PIECE_MIN;
	if (piece > PIECE_MAX)
		piece = PIECE_MAX;
	if (len > piece)
		len = (size_t)piece;
	wait_until(p, book(p, rate, len, now));
	return len;
}

void
store_paced(struct store_pace *p, size_t len)
{
	uint64_t now, rate;

	if (p == NULL)
		return;
	if ((rate = rate_now(p, &now)) > 0)
		wait_until(p, book(p, rate, len, now));
}

void
store_pace_free(struct store_pace *p)
{
	if (p == NULL)
		return;
	if (p->booked != &p->alone)
		munmap(p->booked, sizeof(*p->booked));
	free(p);
}
