/* copy.c: copies of targets in the catalog. */
#include "config.h"

#include "catalog/copy.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/claim.h"
#include "catalog/internal.h"

static const char interrupted_text[] =
    "it ended without a word: it was killed, or the server went down";
static const char interrupted_remedy[] =
    "what was copied stays; the next copy goes on from there";

static bool
alive(const struct catalog *c, int64_t id)
{
	return claim_held(c->look_fd, CLAIM_COPIES + id);
}

/*
 * Is one of the target alive?  Those that died are written down as such.
 * Within a transaction, so that two cannot both find none.
 */
static int
others_check(struct catalog *c, const char *target)
{
	struct query q, dead;
	int r;

	query_cursor(&q, c, STMT_COPIES_RUNNING);
	query_text(&q, target);
	while ((r = query_next(&q)) == 1) {
		if (alive(c, column_int(&q, 0))) {
			r = ERR_BUSY;
			break;
		}
		query_start(&dead, c, STMT_COPY_INTERRUPT);
		query_int(&dead, column_int(&q, 0));
		if ((r = query_run(&dead)) != 0)
			break;
	}
	query_cursor_end(&q);
	return r;
}

static int
copy_insert(struct catalog *c, const struct catalog_copy *y, int64_t *idp)
{
	struct query q;
	int r;

	query_start(&q, c, STMT_COPY_BEGIN);
	query_text(&q, y->target);
	query_text(&q, y->from);
	query_int(&q, y->begun);
	if ((r = query_run(&q)) == 0)
		*idp = sqlite3_last_insert_rowid(c->db);
	return r;
}

int
catalog_copy_begin(struct catalog *c, const struct catalog_copy *y,
    int64_t *idp)
{
	int64_t id = 0;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	if ((r = others_check(c, y->target)) == 0 &&
	    (r = copy_insert(c, y, &id)) == 0)
		r = claim_take(c->lock_fd, CLAIM_COPIES + id, false);
	if ((r = catalog_finish(c, r)) != 0) {
		if (id != 0)
			claim_drop(c->lock_fd, CLAIM_COPIES + id);
		return r;
	}
	*idp = id;
	return 0;
}

int
catalog_copy_end(struct catalog *c, const struct catalog_copy *y)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) == 0) {
		query_start(&q, c, STMT_COPY_END);
		query_int(&q, y->id);
		query_int(&q, y->ended);
		query_int(&q, y->outcome);
		query_int(&q, y->exit);
		query_count(&q, y->objects);
		query_count(&q, y->bytes);
		query_count(&q, y->all);
		query_count(&q, y->all_bytes);
		query_count(&q, y->damaged);
		query_count(&q, y->snapshots);
		query_text(&q, y->text != NULL ? y->text : "");
		query_text(&q, y->remedy != NULL ? y->remedy : "");
		r = catalog_finish(c, query_run(&q));
	}
	/* Even where its end could not be stored, it is over. */
	claim_drop(c->lock_fd, CLAIM_COPIES + y->id);
	return r;
}

struct catalog_copies {
	struct query q;
};

int
catalog_copies_new(struct catalog *c, const struct catalog_copy_filter *f,
    struct catalog_copies **lp)
{
	struct catalog_copies *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_COPIES);
	query_int(&l->q, f->id);
	query_text(&l->q, f->target);
	query_int(&l->q, f->since);
	query_int(&l->q, f->limit == 0 || f->limit > INT64_MAX ? -1 :
	    (int64_t)f->limit);
	*lp = l;
	return 0;
}

static void
copy_get(const struct query *q, struct catalog_copy *y)
{
	uint64_t *const counts[] = { &y->objects, &y->bytes, &y->all,
	    &y->all_bytes, &y->damaged, &y->snapshots };
	size_t i;

	memset(y, 0, sizeof(*y));
	y->id = column_int(q, 0);
	y->target = column_text(q, 1);
	y->from = column_text(q, 2);
	y->begun = column_int(q, 3);
	y->ended = column_int(q, 4);
	y->outcome = (enum catalog_outcome)column_int(q, 5);
	y->exit = (int)column_int(q, 6);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		*counts[i] = column_count(q, 7 + (int)i);
	y->text = column_text(q, 13);
	y->remedy = column_text(q, 14);
}

int
catalog_copies_next(struct catalog_copies *l, struct catalog_copy *yp)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	copy_get(&l->q, yp);
	if (yp->outcome == CATALOG_RUNNING && !alive(l->q.c, yp->id)) {
		yp->outcome = CATALOG_INTERRUPTED;
		yp->exit = 1;
	}
	if (yp->outcome == CATALOG_INTERRUPTED) {
		yp->text = interrupted_text;
		yp->remedy = interrupted_remedy;
	}
	return 1;
}

void
catalog_copies_free(struct catalog_copies *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}

int
catalog_copied_get(struct catalog *c, const char *target,
    struct catalog_copied *sp)
{
	const struct catalog_copy_filter f = { .target = target, .limit = 1 };
	struct catalog_copies *l = NULL;
	struct catalog_copy y;
	struct query q;
	int r;

	if ((r = catalog_copies_new(c, &f, &l)) != 0)
		return r;
	if ((r = catalog_copies_next(l, &y)) == 1)
		*sp = (struct catalog_copied){ .begun = y.begun,
		    .ended = y.ended, .outcome = y.outcome, .exit = y.exit };
	catalog_copies_free(l);
	if (r != 1)
		return r == 0 ? ERR_NOENT : r;
	query_cursor(&q, c, STMT_COPY_GOOD);
	query_text(&q, target);
	if ((r = query_next(&q)) == 1) {
		sp->good = column_int(&q, 0);
		sp->failed = column_count(&q, 1);
		r = 0;
	}
	query_cursor_end(&q);
	return r;
}

int
catalog_behind_get(struct catalog *c, const char *target, const char *copy,
    struct catalog_behind *bp)
{
	struct query q;
	int r;

	query_cursor(&q, c, STMT_BEHIND);
	query_text(&q, target);
	query_text(&q, copy);
	if ((r = query_next(&q)) == 1) {
		bp->snapshots = column_count(&q, 0);
		bp->sources = column_count(&q, 1);
		bp->oldest = column_int(&q, 2);
		r = 0;
	}
	query_cursor_end(&q);
	return r;
}

int
catalog_held_put(struct catalog *c, const struct catalog_held *h)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_SOURCE_ADD);
	query_text(&q, h->host);
	query_text(&q, h->set);
	query_int(&q, h->time);
	if ((r = query_run(&q)) == 0) {
		query_start(&q, c, STMT_HELD_PUT);
		query_text(&q, h->target);
		query_text(&q, h->host);
		query_text(&q, h->set);
		query_count(&q, h->sequence);
		query_int(&q, h->time);
		query_int(&q, h->seen);
		r = query_run(&q);
	}
	return catalog_wait(c, r);
}

struct catalog_helds {
	struct query q;
};

int
catalog_helds_new(struct catalog *c, const char *target,
    struct catalog_helds **lp)
{
	struct catalog_helds *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_HELDS);
	query_text(&l->q, target);
	*lp = l;
	return 0;
}

int
catalog_helds_next(struct catalog_helds *l, struct catalog_held *hp)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	hp->target = column_text(&l->q, 0);
	hp->host = column_text(&l->q, 1);
	hp->set = column_text(&l->q, 2);
	hp->sequence = column_count(&l->q, 3);
	hp->time = column_int(&l->q, 4);
	hp->seen = column_int(&l->q, 5);
	return 1;
}

void
catalog_helds_free(struct catalog_helds *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}
