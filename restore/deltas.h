/* deltas.h: chunks that are stored as deltas, made from an opened frame. */
#ifndef RESTORE_DELTAS_H
#define RESTORE_DELTAS_H

#include "restore/plan.h"

/*
 * The frames of some items' deltas are taken first, which reads the store;
 * then a job applies them without it.  The memory of one set is bounded by
 * DELTAS_STORED of frames and DELTAS_RAW of results, apart from a first item
 * that needs more alone.
 */
#define DELTAS_STORED (1u << 20)
#define DELTAS_RAW (2u << 20)

struct decompressor;
struct deltas;
struct repo;
struct streams;

/* Caller owns *dp; r and plan are borrowed. */
int	 deltas_new(struct repo *r, const struct plan *plan,
	    struct deltas **dp) ERR_MUST_USE;
void	 deltas_free(struct deltas *d);

/* Forget all items, and give memory back that was more than usual. */
void	 deltas_reset(struct deltas *d);

/* Tell whether the item needs more than the bounds even alone. */
bool	 deltas_is_big(const struct plan *plan, const struct plan_item *item);

/* Tell whether d has room for the item; the first one may be taken anyway. */
bool	 deltas_room(const struct deltas *d, const struct plan_item *item);

/*
 * Read the frames of the item; *np is its number for deltas_apply.  Fails
 * with ERR_NOMEM, or what becomes of this item alone: as store_get, or
 * ERR_FORMAT.
 */
int	 deltas_take(struct deltas *d, struct streams *s,
	    const struct plan_item *item, size_t *np) ERR_MUST_USE;

/*
 * Make the n-th item, in the order they were taken, from the whole chunk at
 * base, plan_links()->len bytes.  *datap is borrowed until d is reset.  What
 * it gives is to be checked by its id.  Pure: may run in a pool.
 */
int	 deltas_apply(struct deltas *d, size_t n, const uint8_t *base,
	    struct decompressor *z, const uint8_t **datap) ERR_MUST_USE;

#endif /* RESTORE_DELTAS_H */
