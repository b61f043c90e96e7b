/* hook.c: hooks of jobs in the catalog. */
#include "catalog/hook.h"

#include <stdlib.h>

#include "catalog/internal.h"

int
catalog_hook_put(struct catalog *c, int64_t id, const struct catalog_hook *h)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_HOOK_RAN);
	query_int(&q, id);
	if ((r = query_run(&q)) != 0)
		return catalog_finish(c, r);
	query_start(&q, c, STMT_JOB_HOOK);
	query_int(&q, id);
	query_int(&q, h->after ? 1 : 0);
	query_text(&q, h->name);
	query_int(&q, h->state);
	query_int(&q, h->status);
	query_count(&q, h->ms);
	query_text(&q, h->how);
	query_blob(&q, h->output_len > 0 ? (const void *)h->output : "",
	    h->output_len);
	return catalog_finish(c, query_run(&q));
}

struct catalog_hooks {
	struct query q;
};

int
catalog_hooks_new(struct catalog *c, int64_t id, struct catalog_hooks **lp)
{
	struct catalog_hooks *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_HOOKS);
	query_int(&l->q, id);
	*lp = l;
	return 0;
}

int
catalog_hooks_next(struct catalog_hooks *l, struct catalog_hook *hp)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	hp->after = column_int(&l->q, 0) != 0;
	hp->name = column_text(&l->q, 1);
	hp->state = (int)column_int(&l->q, 2);
	hp->status = (uint32_t)column_int(&l->q, 3);
	hp->ms = column_count(&l->q, 4);
	hp->how = column_text(&l->q, 5);
	hp->output = column_blob(&l->q, 6, &hp->output_len);
	return 1;
}

void
catalog_hooks_free(struct catalog_hooks *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}
