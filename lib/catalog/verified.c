/* verified.c: when targets were verified. */
#include "catalog/verified.h"

#include "catalog/internal.h"

int
catalog_verified_put(struct catalog *c, const struct catalog_verified *v)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_VERIFIED_PUT);
	query_text(&q, v->target);
	query_int(&q, v->time);
	query_int(&q, v->sample);
	query_count(&q, v->bytes);
	query_count(&q, v->snapshots);
	query_count(&q, v->packs);
	query_count(&q, v->alarms);
	return catalog_finish(c, query_run(&q));
}

int
catalog_verified_last(struct catalog *c, const char *target,
    struct catalog_verified *vp)
{
	struct query q;
	int r;

	query_cursor(&q, c, STMT_VERIFIED_LAST);
	query_text(&q, target);
	if ((r = query_next(&q)) == 1) {
		*vp = (struct catalog_verified){ .target = target,
		    .time = column_int(&q, 0),
		    .sample = (int)column_int(&q, 1),
		    .bytes = column_count(&q, 2),
		    .snapshots = column_count(&q, 3),
		    .packs = column_count(&q, 4),
		    .alarms = column_count(&q, 5) };
		r = 0;
	} else if (r == 0)
		r = ERR_NOENT;
	query_cursor_end(&q);
	return r;
}
