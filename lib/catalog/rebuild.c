/* rebuild.c: make the catalog agree with a repository. */
#include "catalog/rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"

struct catalog_rebuild {
	struct catalog *c;
	char	*target;
};

/* What is gathered waits in a table of this connection only. */
static const char seen_sql[] = "CREATE TEMP TABLE IF NOT EXISTS seen ("
	"	host TEXT NOT NULL,"
	"	name TEXT NOT NULL,"
	"	id BLOB PRIMARY KEY,"
	"	sequence INTEGER NOT NULL,"
	"	job TEXT NOT NULL,"
	"	started INTEGER NOT NULL,"
	"	ended INTEGER NOT NULL,"
	"	outcome INTEGER NOT NULL,"
	"	files INTEGER NOT NULL,"
	"	directories INTEGER NOT NULL,"
	"	others INTEGER NOT NULL,"
	"	bytes INTEGER NOT NULL,"
	"	new_bytes INTEGER NOT NULL"
	") STRICT;"
	"DELETE FROM temp.seen";

int
catalog_rebuild_new(struct catalog *c, const char *target,
    struct catalog_rebuild **bp)
{
	struct catalog_rebuild *b;
	int r, rc;

	if ((r = catalog_finish(c, 0)) != 0)
		return r;
	if ((b = calloc(1, sizeof(*b))) == NULL ||
	    (b->target = strdup(target)) == NULL) {
		free(b);
		return ERR_NOMEM;
	}
	b->c = c;
	if ((rc = sqlite3_exec(c->db, seen_sql, NULL, NULL, NULL)) !=
	    SQLITE_OK) {
		r = catalog_fail(c, rc, "gather snapshots");
		catalog_rebuild_free(b);
		return r;
	}
	*bp = b;
	return 0;
}

int
catalog_rebuild_add(struct catalog_rebuild *b,
    const struct catalog_snapshot *s)
{
	struct query q;

	query_start(&q, b->c, STMT_SEEN_ADD);
	query_text(&q, s->host);
	query_text(&q, s->set);
	query_blob(&q, s->id, sizeof(s->id));
	query_count(&q, s->sequence);
	query_text(&q, s->job);
	query_int(&q, s->started);
	query_int(&q, s->ended);
	query_int(&q, s->outcome);
	query_count(&q, s->files);
	query_count(&q, s->directories);
	query_count(&q, s->others);
	query_count(&q, s->bytes);
	query_count(&q, s->new_bytes);
	return query_run(&q);
}

/* Run a statement of at most one parameter, the target; count its rows. */
static int
apply_one(struct catalog_rebuild *b, enum stmt which, uint64_t *np)
{
	struct query q;
	int r;

	query_start(&q, b->c, which);
	if (which != STMT_SEEN_SOURCES)
		query_text(&q, b->target);
	if ((r = query_run(&q)) == 0 && np != NULL)
		*np = (uint64_t)sqlite3_changes64(b->c->db);
	return r;
}

int
catalog_rebuild_apply(struct catalog_rebuild *b,
    struct catalog_rebuilt *donep)
{
	struct catalog_rebuilt done;
	int r;

	if ((r = catalog_begin(b->c)) != 0)
		return r;
	if ((r = apply_one(b, STMT_SEEN_SOURCES, NULL)) == 0 &&
	    (r = apply_one(b, STMT_SEEN_FORGET, NULL)) == 0 &&
	    (r = apply_one(b, STMT_SEEN_SNAPSHOTS, &done.snapshots)) == 0 &&
	    (r = apply_one(b, STMT_SEEN_ADOPT, &done.adopted)) == 0)
		r = apply_one(b, STMT_SEEN_JOBS, &done.jobs);
	if ((r = catalog_finish(b->c, r)) == 0)
		*donep = done;
	return r;
}

void
catalog_rebuild_free(struct catalog_rebuild *b)
{
	if (b == NULL)
		return;
	free(b->target);
	free(b);
}
