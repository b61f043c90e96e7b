/* job.c: jobs in the catalog. */
#include "config.h"

#include "catalog/job.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"
#include "catalog/claim.h"

static const char interrupted_text[] =
    "it ended without a word: it was killed, or the server went down";
static const char interrupted_remedy[] =
    "earlier snapshots are untouched; run it again";

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* Add the source if it is new, then the job; both within a transaction. */
static int
job_insert(struct catalog *c, const struct catalog_job *j, int64_t *idp)
{
	struct query q;
	int r;

	query_start(&q, c, STMT_SOURCE_ADD);
	query_text(&q, j->host);
	query_text(&q, j->set);
	query_int(&q, j->started);
	if ((r = query_run(&q)) != 0)
		return r;
	query_start(&q, c, STMT_JOB_BEGIN);
	query_text(&q, j->host);
	query_text(&q, j->set);
	query_text(&q, j->target);
	query_text(&q, j->name);
	query_int(&q, j->started);
	if ((r = query_run(&q)) == 0)
		*idp = sqlite3_last_insert_rowid(c->db);
	return r;
}

int
catalog_job_begin(struct catalog *c, const struct catalog_job *j,
    int64_t *idp)
{
	int64_t id = 0;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	/* Locked before anybody can see it. */
	if ((r = job_insert(c, j, &id)) == 0)
		r = claim_take(c->lock_fd, CLAIM_JOBS + id, false);
	if ((r = catalog_finish(c, r)) != 0) {
		if (id != 0)
			claim_drop(c->lock_fd, CLAIM_JOBS + id);
		return r;
	}
	*idp = id;
	return 0;
}

int
catalog_job_issue(struct catalog *c, int64_t id,
    const struct catalog_issue *i)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_JOB_ISSUE);
	query_int(&q, id);
	query_int(&q, i->code);
	query_blob(&q, i->path != NULL ? (const void *)i->path : "",
	    i->path_len < CATALOG_PATH_MAX ? i->path_len : CATALOG_PATH_MAX);
	query_text(&q, or_empty(i->text));
	query_int(&q, CATALOG_ISSUES_MAX);
	return catalog_wait(c, query_run(&q));
}

static int
delta_insert(struct catalog *c, const struct catalog_job *j)
{
	const struct catalog_delta *d = &j->delta;
	const uint64_t counts[] = { d->rate, d->chunks, d->by_delta, d->again,
	    d->given_up, d->raw_bytes, d->basis_bytes, d->delta_bytes,
	    d->signature_bytes, d->stored };
	struct query q;
	size_t i;

	query_start(&q, c, STMT_JOB_DELTA);
	query_int(&q, j->id);
	query_text(&q, or_empty(d->mode));
	query_text(&q, or_empty(d->why));
	query_text(&q, or_empty(d->line));
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		query_count(&q, counts[i]);
	return query_run(&q);
}

static int
job_update(struct catalog *c, const struct catalog_job *j)
{
	const struct catalog_counts *n = &j->counts;
	const uint64_t counts[] = { j->sequence, n->files, n->directories,
	    n->others, n->bytes, n->new_bytes, n->read, n->wire_in,
	    n->wire_out, n->stored, n->issues };
	struct query q;
	size_t i;

	query_start(&q, c, STMT_JOB_END);
	query_int(&q, j->id);
	query_int(&q, j->ended);
	query_int(&q, j->outcome);
	query_int(&q, j->exit);
	query_blob(&q, j->has_snapshot ? j->snapshot : NULL,
	    j->has_snapshot ? sizeof(j->snapshot) : 0);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		query_count(&q, counts[i]);
	query_text(&q, or_empty(j->text));
	query_text(&q, or_empty(j->remedy));
	query_count(&q, n->target_read);
	query_count(&q, n->cache_read);
	query_int(&q, j->started);
	return query_run(&q);
}

int
catalog_job_end(struct catalog *c, const struct catalog_job *j)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) == 0) {
		if ((r = job_update(c, j)) == 0 && j->has_delta)
			r = delta_insert(c, j);
		if (r == 0 && j->has_snapshot) {
			query_start(&q, c, STMT_SNAPSHOT_ADD);
			query_int(&q, j->id);
			r = query_run(&q);
		}
		r = catalog_finish(c, r);
	}
	/* Even where its end could not be stored, the job is over. */
	claim_drop(c->lock_fd, CLAIM_JOBS + j->id);
	return r;
}

static int
interrupt(struct catalog *c, const int64_t *ids, size_t n)
{
	struct query q;
	size_t i;
	int r;

	if (n == 0)
		return 0;
	if ((r = catalog_begin(c)) != 0)
		return r;
	for (i = 0; i < n && r == 0; i++) {
		query_start(&q, c, STMT_JOB_INTERRUPT);
		query_int(&q, ids[i]);
		r = query_run(&q);
	}
	return catalog_finish(c, r);
}

int
catalog_find_interrupted(struct catalog *c)
{
	int64_t *ids = NULL, *more;
	size_t n = 0, cap = 0;
	struct query q;
	int r;

	query_cursor(&q, c, STMT_RUNNING);
	while ((r = query_next(&q)) == 1) {
		if (claim_held(c->look_fd, CLAIM_JOBS + column_int(&q, 0)))
			continue;
		if (n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			more = reallocarray(ids, cap, sizeof(*ids));
			if (more == NULL) {
				r = ERR_NOMEM;
				break;
			}
			ids = more;
		}
		ids[n++] = column_int(&q, 0);
	}
	query_cursor_end(&q);
	if (r == 0)
		r = interrupt(c, ids, n);
	free(ids);
	return r;
}

struct catalog_jobs {
	struct query q;
};

int
catalog_jobs_new(struct catalog *c, const struct catalog_filter *f,
    struct catalog_jobs **lp)
{
	struct catalog_jobs *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, f->id != 0 ? STMT_JOB_BY_ID :
	    f->host == NULL ? STMT_JOBS : STMT_JOBS_OF_HOST);
	if (f->id != 0)
		query_int(&l->q, f->id);
	else {
		query_int(&l->q, f->since);
		query_int(&l->q, f->limit == 0 || f->limit > INT64_MAX ? -1 :
		    (int64_t)f->limit);
		if (f->host != NULL) {
			query_text(&l->q, f->host);
			query_text(&l->q, f->set);
		}
	}
	*lp = l;
	return 0;
}

static void
counts_get(const struct query *q, int at, uint64_t *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		*v[i] = column_count(q, at + (int)i);
}

/* The columns from 24 on: what deltas did. */
static void
delta_get(const struct query *q, struct catalog_job *j)
{
	struct catalog_delta *d = &j->delta;
	uint64_t *const counts[] = { &d->rate, &d->chunks, &d->by_delta,
	    &d->again, &d->given_up, &d->raw_bytes, &d->basis_bytes,
	    &d->delta_bytes, &d->signature_bytes, &d->stored };

	j->has_delta = column_int(q, 24) != 0;
	d->mode = column_text(q, 25);
	d->why = column_text(q, 26);
	d->line = column_text(q, 27);
	counts_get(q, 28, counts, sizeof(counts) / sizeof(counts[0]));
}

/* The columns of JOB_COLUMNS in stmt.c. */
static void
job_get(const struct query *q, struct catalog_job *j)
{
	struct catalog_counts *n = &j->counts;
	uint64_t *const counts[] = { &j->sequence, &n->files,
	    &n->directories, &n->others, &n->bytes, &n->new_bytes, &n->read,
	    &n->wire_in, &n->wire_out, &n->stored, &n->issues };
	uint64_t *const reads[] = { &n->target_read, &n->cache_read };

	memset(j, 0, sizeof(*j));
	j->id = column_int(q, 0);
	j->host = column_text(q, 1);
	j->set = column_text(q, 2);
	j->target = column_text(q, 3);
	j->name = column_text(q, 4);
	j->rebuilt = column_int(q, 5) != 0;
	j->started = column_int(q, 6);
	j->ended = column_int(q, 7);
	j->outcome = (enum catalog_outcome)column_int(q, 8);
	j->exit = (int)column_int(q, 9);
	j->has_snapshot = column_hash(q, 10, j->snapshot);
	counts_get(q, 11, counts, sizeof(counts) / sizeof(counts[0]));
	j->text = column_text(q, 22);
	j->remedy = column_text(q, 23);
	delta_get(q, j);
	counts_get(q, 38, reads, sizeof(reads) / sizeof(reads[0]));
}

int
catalog_jobs_next(struct catalog_jobs *l, struct catalog_job *jp)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	job_get(&l->q, jp);
	if (jp->outcome == CATALOG_RUNNING &&
	    !claim_held(l->q.c->look_fd, CLAIM_JOBS + jp->id)) {
		jp->outcome = CATALOG_INTERRUPTED;
		jp->exit = 1;
	}
	if (jp->outcome == CATALOG_INTERRUPTED) {
		jp->text = interrupted_text;
		jp->remedy = interrupted_remedy;
	}
	return 1;
}

void
catalog_jobs_free(struct catalog_jobs *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}

struct catalog_issues {
	struct query q;
};

int
catalog_issues_new(struct catalog *c, int64_t id, struct catalog_issues **lp)
{
	struct catalog_issues *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	query_cursor(&l->q, c, STMT_ISSUES);
	query_int(&l->q, id);
	*lp = l;
	return 0;
}

int
catalog_issues_next(struct catalog_issues *l, struct catalog_issue *ip)
{
	int r;

	if ((r = query_next(&l->q)) != 1)
		return r;
	ip->code = (int)column_int(&l->q, 0);
	ip->path = column_blob(&l->q, 1, &ip->path_len);
	ip->text = column_text(&l->q, 2);
	return 1;
}

void
catalog_issues_free(struct catalog_issues *l)
{
	if (l == NULL)
		return;
	query_cursor_end(&l->q);
	free(l);
}
