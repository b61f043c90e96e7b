/* history.c: cursors over the snapshots and sources that are known. */
#include "catalog/history.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"
#include "catalog/claim.h"

struct catalog_snapshots {
	struct query q;
};

int
catalog_snapshots_new(struct catalog *c, const char *host,
    struct catalog_snapshots **lp)
{
	struct catalog_snapshots *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	if (host == NULL)
		query_cursor(&l->q, c, STMT_SNAPSHOTS);
	else {
		query_cursor(&l->q, c, STMT_SNAPSHOTS_OF_HOST);
		query_text(&l->q, host);
	}
	*lp = l;
	return 0;
}

int
catalog_snapshots_next(struct catalog_snapshots *l,
    struct catalog_snapshot *sp)
{
	const struct query *q = &l->q;
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	memset(sp, 0, sizeof(*sp));
	sp->host = column_text(q, 0);
	sp->set = column_text(q, 1);
	sp->target = column_text(q, 2);
	sp->job = column_text(q, 3);
	column_hash(q, 4, sp->id);
	sp->sequence = column_count(q, 5);
	sp->started = column_int(q, 6);
	sp->outcome = (enum catalog_outcome)column_int(q, 7);
	sp->files = column_count(q, 8);
	sp->directories = column_count(q, 9);
	sp->others = column_count(q, 10);
	sp->bytes = column_count(q, 11);
	sp->new_bytes = column_count(q, 12);
	return 1;
}

void
catalog_snapshots_free(struct catalog_snapshots *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}

struct catalog_sources {
	struct query q;
};

int
catalog_sources_new(struct catalog *c, struct catalog_sources **lp)
{
	struct catalog_sources *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_SOURCES);
	*lp = l;
	return 0;
}

int
catalog_sources_next(struct catalog_sources *l, struct catalog_source *sp)
{
	const struct query *q = &l->q;
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	sp->host = column_text(q, 0);
	sp->set = column_text(q, 1);
	sp->since = column_int(q, 2);
	sp->last_job = column_int(q, 3);
	sp->last_started = column_int(q, 4);
	sp->last_outcome = (enum catalog_outcome)column_int(q, 5);
	sp->last_snapshot = column_int(q, 6);
	sp->last_complete = column_int(q, 7);
	if (sp->last_job != 0 && sp->last_outcome == CATALOG_RUNNING &&
	    !claim_held(q->c->look_fd, CLAIM_JOBS + sp->last_job))
		sp->last_outcome = CATALOG_INTERRUPTED;
	return 1;
}

void
catalog_sources_free(struct catalog_sources *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}
