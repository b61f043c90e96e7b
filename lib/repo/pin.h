/* pin.h: snapshots that are to be kept, whatever retention says. */
#ifndef REPO_PIN_H
#define REPO_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * doc/format.md section 11.  Words are only added, by any server; the last one
 * about a snapshot counts.  One thread.
 */
struct repo;

#define PIN_WHO_MAX 256
#define PIN_REASON_MAX 1024
#define PIN_NAME_MAX 96

/* A word on a snapshot. */
struct pin {
	uint8_t	 snapshot[32];
	uint32_t n;			/* given by pin_put */
	bool	 keep;			/* else it is released */
	int64_t	 time;			/* wall time */
	int64_t	 until;			/* it holds up to then; 0: for ever */
	char	*who, *reason;		/* owned when read, else borrowed */
};

/*
 * Put a word after those that are there; p->n is ignored.  ERR_TOOBIG if a
 * text is too long; ERR_BUSY if others put words faster than this can.
 */
int	 pin_put(struct repo *r, const struct pin *p) ERR_MUST_USE;

/*
 * The last word on a snapshot, to be cleared by the caller.  ERR_NOENT if
 * there is none.  Any other error: the snapshot counts as pinned.
 */
int	 pin_last(struct repo *r, const uint8_t snapshot[32],
	    struct pin *pp) ERR_MUST_USE;

/* Tell whether what was said last holds at the moment now. */
bool	 pin_holds(const struct pin *p, int64_t now);

/* Free the texts of a pin that was read. */
void	 pin_clear(struct pin *p);

/* The last words on all snapshots that there are words on, by their ids. */
struct pin_list;
int	 pin_list_new(struct repo *r, struct pin_list **lp) ERR_MUST_USE;

/*
 * 1 and the next one, which the caller clears; 0 at the end.  A word that
 * cannot be read is an error once, and p->snapshot tells whose it is.
 */
int	 pin_list_next(struct pin_list *l, struct pin *pp) ERR_MUST_USE;
void	 pin_list_free(struct pin_list *l);

/* Check one object by its name, for verify.  ERR_FORMAT, ERR_CORRUPT, ... */
int	 pin_check(struct repo *r, const char *name) ERR_MUST_USE;

#endif /* REPO_PIN_H */
