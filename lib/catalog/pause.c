/* pause.c: hosts that are not to be backed up for a while. */
#include "catalog/pause.h"

#include <stdlib.h>

#include "catalog/internal.h"

int
catalog_pause_put(struct catalog *c, const struct catalog_pause *p)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_PAUSE_PUT);
	query_text(&q, p->host);
	query_int(&q, p->since);
	query_int(&q, p->until);
	query_text(&q, p->reason);
	query_int(&q, p->uid);
	return catalog_finish(c, query_run(&q));
}

int
catalog_pause_end(struct catalog *c, const char *host)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_PAUSE_END);
	query_text(&q, host);
	return catalog_finish(c, query_run(&q));
}

struct catalog_pauses {
	struct query q;
};

int
catalog_pauses_new(struct catalog *c, struct catalog_pauses **lp)
{
	struct catalog_pauses *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_PAUSES);
	*lp = l;
	return 0;
}

int
catalog_pauses_next(struct catalog_pauses *l, struct catalog_pause *pp)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	pp->host = column_text(&l->q, 0);
	pp->since = column_int(&l->q, 1);
	pp->until = column_int(&l->q, 2);
	pp->reason = column_text(&l->q, 3);
	pp->uid = column_int(&l->q, 4);
	return 1;
}

void
catalog_pauses_free(struct catalog_pauses *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}
