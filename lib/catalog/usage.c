/* usage.c: how full targets were, and which keys were used. */
#include "catalog/usage.h"

#include <stdlib.h>

#include "catalog/internal.h"

int
catalog_usage_put(struct catalog *c, const struct catalog_usage *u)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_USAGE_PUT);
	query_text(&q, u->target);
	query_int(&q, u->time);
	query_count(&q, u->total);
	query_count(&q, u->free);
	return catalog_wait(c, query_run(&q));
}

struct catalog_usages {
	struct query q;
};

int
catalog_usages_new(struct catalog *c, const char *target, int64_t since,
    struct catalog_usages **lp)
{
	struct catalog_usages *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_USAGES);
	query_int(&l->q, since);
	query_text(&l->q, target);
	*lp = l;
	return 0;
}

int
catalog_usages_next(struct catalog_usages *l, struct catalog_usage *up)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	up->target = column_text(&l->q, 0);
	up->time = column_int(&l->q, 1);
	up->total = column_count(&l->q, 2);
	up->free = column_count(&l->q, 3);
	return 1;
}

void
catalog_usages_free(struct catalog_usages *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}

int
catalog_access_put(struct catalog *c, const struct catalog_access *a)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_ACCESS_PUT);
	query_text(&q, a->host);
	query_text(&q, a->identity);
	query_text(&q, a->host_key);
	query_int(&q, a->used);
	return catalog_wait(c, query_run(&q));
}

struct catalog_accesses {
	struct query q;
};

int
catalog_accesses_new(struct catalog *c, struct catalog_accesses **lp)
{
	struct catalog_accesses *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_ACCESSES);
	*lp = l;
	return 0;
}

int
catalog_accesses_next(struct catalog_accesses *l, struct catalog_access *ap)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	ap->host = column_text(&l->q, 0);
	ap->identity = column_text(&l->q, 1);
	ap->host_key = column_text(&l->q, 2);
	ap->since = column_int(&l->q, 3);
	ap->used = column_int(&l->q, 4);
	return 1;
}

void
catalog_accesses_free(struct catalog_accesses *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}
