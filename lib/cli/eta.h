/* eta.h: how long something will still take, from how it went so far. */
#ifndef CLI_ETA_H
#define CLI_ETA_H

#include <stdint.h>

/*
 * The speed is the mean of that since the start and that of about the last
 * twenty seconds: the first keeps the answer from jumping, the second lets it
 * follow a link that became slower.  It looks at no clock.
 */
#define ETA_FIRST_MS 3000	/* nothing is said before that */

struct eta {
	int64_t	 start_ms, last_ms;
	uint64_t start, last;	/* done then */
	double	 recent;	/* a second */
	int	 begun;
};

/* Begin anew with the next call of eta_add. */
void	 eta_init(struct eta *e);

/* So much is done at that monotonic moment.  Less than before begins anew. */
void	 eta_add(struct eta *e, int64_t now_ms, uint64_t done);

/* The speed a second; 0 if it cannot be said yet. */
uint64_t eta_rate(const struct eta *e);

/* Seconds until total is done; -1 if they cannot be said. */
int64_t	 eta_left(const struct eta *e, uint64_t total);

#endif /* CLI_ETA_H */
