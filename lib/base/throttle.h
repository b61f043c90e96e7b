/* throttle.h: no more bytes in a second than the policy allows. */
#ifndef BASE_THROTTLE_H
#define BASE_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A token bucket (as in RFC 2697, of one rate): it fills at the rate that is in
 * force, up to a quarter of a second's worth, and whoever moves bytes takes as
 * many out.  What has to wait stays with its sender, whom the transport's own
 * window holds back.  Both directions take from one bucket.
 *
 * Times are given, so that it can be tried out.  One thread.
 */

/* From a moment on, how many bytes a second may move, both ways together. */
struct throttle_limit {
	uint64_t after;			/* seconds from the beginning on */
	uint64_t rate;			/* bytes a second; 0: any */
};

struct throttle {
	const struct throttle_limit *limits;
	size_t	 n, at;			/* the one in force */
	uint64_t began, last;		/* ns */
	uint64_t tokens;		/* bytes */
};

/*
 * Begin at the moment now_ns.  The n limits, which are borrowed, ascend and
 * count from began_ns on, but from now_ns if that is earlier; with n 0 nothing
 * is held back.
 */
void	 throttle_begin(struct throttle *t,
	    const struct throttle_limit *limits, size_t n, uint64_t began_ns,
	    uint64_t now_ns);

/* The rate in force, in bytes a second; 0: there is no limit. */
uint64_t throttle_rate(struct throttle *t, uint64_t now_ns);

/*
 * How many bytes may move now: SIZE_MAX where there is no limit, 0 as long as
 * it would be too few to be worth it.
 */
size_t	 throttle_room(struct throttle *t, uint64_t now_ns);

/* So many bytes have moved, at most what there was room for. */
void	 throttle_took(struct throttle *t, size_t len);

/* After how many milliseconds there will be room; 0: there is. */
int	 throttle_wait_ms(struct throttle *t, uint64_t now_ns);

#endif /* BASE_THROTTLE_H */
